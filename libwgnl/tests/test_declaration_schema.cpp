// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps docs/declaration.schema.json and the code that reads and writes the document together.
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <wgnl/declaration.hpp>

namespace wgnl {
namespace {

using nlohmann::json;

json schema() {
    const char* const root = std::getenv("WGNL_SOURCE_ROOT"); // `meson test` sets it
    std::ifstream file(std::string(root != nullptr ? root : ".") + "/docs/declaration.schema.json");
    return json::parse(file, nullptr, false);
}

/// A declaration in which no member is absent or at its default.
Declaration everything() {
    const KeyBytes key{8};
    const auto prefix = AllowedIp::parse("10.0.0.2")->value;
    Declaration all{.device = "wg0",
                    .kept_as_is = true,
                    .strict = true,
                    .is_private = true,
                    .keeps_peers = true};
    all.viewers = {"user"};
    all.location = {"wg0.netdev", 1, 1};
    all.private_key = PrivateKey(key);
    all.listen_port = std::uint16_t{51820};
    all.fwmark = all.route_table = all.route_metric = 7;
    all.mtu = 1420;
    all.addresses = {*InterfaceAddress::parse("10.0.0.1/24")};
    all.peers.push_back({PublicKey(key),
                         "laptop",
                         {"wg0.netdev", 12, 1},
                         true,
                         PresharedKey(key),
                         false,
                         "vpn.example.org:51820",
                         {prefix},
                         std::uint16_t{25},
                         7,
                         7,
                         {{prefix, 254, 50}}});
    all.peers.push_back({.public_key = PublicKey(KeyBytes{9}), .external_preshared_key = true});
    all.problems.push_back(
        {Severity::note, {"wg0.netdev", 1, 1}, "so it is", "h", "k", PublicKey(KeyBytes{9})});
    return all;
}

std::set<std::string> names_in(const json& object) {
    std::set<std::string> names;
    for (const auto& [name, value] : object.items())
        names.insert(name);
    return names;
}

/// Members that contradict each other stand on different peers.
std::set<std::string> names_in_any(const json& objects) {
    std::set<std::string> names;
    for (const auto& object : objects)
        names.merge(names_in(object));
    return names;
}

TEST(Schema, NamesExactlyTheMembersThatAreWritten) {
    const auto described = schema();
    const auto written = json::parse(to_json(everything()), nullptr, false);
    ASSERT_TRUE(described.is_object());

    EXPECT_EQ(names_in(described["properties"]), names_in(written));
    EXPECT_EQ(names_in(described["$defs"]["peer"]["properties"]), names_in_any(written["peers"]));
    EXPECT_EQ(names_in(described["$defs"]["route"]["properties"]),
              names_in(written["peers"][0]["routes"][0]));
    EXPECT_EQ(names_in(described["$defs"]["problem"]["properties"]),
              names_in(written["problems"][0]));
}

TEST(Schema, RequiresWhatTheReaderRequires) {
    const auto described = schema();
    const auto written = json::parse(to_json(everything()), nullptr, false);
    const auto required = described["required"].get<std::set<std::string>>();

    for (const auto& name : names_in(written)) {
        auto without = written;
        without.erase(name);
        if (name == "line")
            without.erase("column"); // dependentRequired
        EXPECT_EQ(parse_declaration(without.dump()).has_value(), !required.contains(name)) << name;
    }
}

TEST(Schema, HasTheLimitsOfTheLibrary) {
    const auto described = schema();
    const DeclarationLimits limits;

    EXPECT_EQ(described["properties"]["peers"]["maxItems"], limits.peers);
    EXPECT_EQ(described["properties"]["problems"]["maxItems"], limits.problems);
    EXPECT_EQ(described["$defs"]["text"]["maxLength"], max_text_length);
    EXPECT_EQ(described["properties"]["mtu"]["minimum"], smallest_mtu);
    EXPECT_EQ(described["properties"]["mtu"]["maximum"], largest_mtu);
}

TEST(Schema, PatternOfKeysIsTheCanonicalForm) {
    const std::regex pattern(schema()["$defs"]["key"]["pattern"].get<std::string>());
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (const char last : digits) {
        const auto text = std::string(42, 'A') + last + '=';
        EXPECT_EQ(std::regex_match(text, pattern), PublicKey::parse(text).has_value()) << text;
    }
}

} // namespace
} // namespace wgnl
