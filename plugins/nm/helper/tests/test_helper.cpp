// SPDX-License-Identifier: LGPL-2.1-or-later
// The helper's parts without a bus: messages, the machine, declarations for a profile.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "generators.hpp"
#include "nm/helper/profile_store.hpp"
#include "nm/helper/verbs.hpp"
#include "nm/profile/glib.hpp"
#include "nm/profile/keyfile.hpp"
#include "temporary_directory.hpp"

namespace wgnl::nm {
namespace {

constexpr const char* private_text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr const char* peer_text = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

ObjectPtr<NMConnection> profile(const std::string& id, const std::string& uuid,
                                const std::string& more = {}) {
    auto read = read_keyfile("[connection]\nid=" + id + "\nuuid=" + uuid +
                                 "\ntype=wireguard\ninterface-name=wg7\n[wireguard]\nprivate-key=" +
                                 private_text + "\n" + more,
                             "f");
    return std::move(read.profile);
}

std::string uuid_of(int number) {
    return "9b1deb4d-3b7d-4bad-9bdd-00000000000" + std::to_string(number);
}

/// What stands before the first line feed, and behind it.
std::pair<std::string, std::string> halves(const SecretText& message) {
    const std::string text(message.view());
    return {text.substr(0, text.find('\n')), text.substr(text.find('\n') + 1)};
}

TEST(Message, HoldsSecretsBehindItsLineAlone) {
    const auto made = profile("Office", uuid_of(1));
    Message message{.portable = portable_of(made.get(), locator_of(made.get()))};
    message.remarks.push_back({Severity::note, {"w"}, "t\nx"});
    const auto [head, rest] = halves(to_bytes(message));
    EXPECT_FALSE(head.contains("AAECAwQF"));
    EXPECT_TRUE(head.contains(R"("id":"Office")")) << head;
    EXPECT_TRUE(head.contains(R"("severity":"note")")) << head;
    const auto declaration =
        decode_document({reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size()});
    ASSERT_TRUE(declaration.has_value()) << declaration.error().to_string();
    EXPECT_EQ(declaration->device, "wg7");
    EXPECT_TRUE(declaration->private_key.has_value());
}

TEST(Message, RefusesWhatItCannotRead) {
    for (const std::string text :
         {"", "{}", "{}\n", "[]\n", "{\"wg_quick\": [{}]}\n", "nonsense\nx"})
        EXPECT_FALSE(configuration_in(text).has_value()) << text;
    const auto document = encode_document({.device = "wg0"});
    const std::string rest(document.begin(), document.end());
    EXPECT_TRUE(configuration_in("{\"wg_quick\": []}\n" + rest).has_value());
    EXPECT_FALSE(configuration_in("{\"wg_quick\": 3}\n" + rest).has_value());
    EXPECT_FALSE(configuration_in("{\"wg_quick\": [{\"key\": 1}]}\n" + rest).has_value());
    EXPECT_FALSE(configuration_in("{}\n" + rest).has_value());
}

class Machine : public ::testing::Test {
protected:
    void set(const std::string& device, const std::string& name, int value) {
        const auto path = root_.path() / "proc/sys/net/ipv4/conf" / device;
        std::filesystem::create_directories(path);
        std::ofstream(path / name) << value << '\n';
    }
    LintHost look() const {
        const auto made = profile("x", uuid_of(1));
        return look_at_host(made.get(), root_.path().string());
    }
    testing::TemporaryDirectory root_{};
};

TEST_F(Machine, WithoutSettingsNothingIsStrict) {
    EXPECT_FALSE(look().strict_rp_filter);
    EXPECT_FALSE(look().src_valid_mark);
    EXPECT_TRUE(look().route_mtu.empty());
}

TEST_F(Machine, TheLargerFilterCounts) {
    set("default", "rp_filter", 1); // what a device that does not exist yet will have
    EXPECT_TRUE(look().strict_rp_filter);
    set("all", "rp_filter", 2);
    EXPECT_FALSE(look().strict_rp_filter);
    set("all", "rp_filter", 0);
    set("wg7", "rp_filter", 0);
    EXPECT_FALSE(look().strict_rp_filter);
    set("all", "rp_filter", 1);
    EXPECT_TRUE(look().strict_rp_filter);
    set("all", "src_valid_mark", 1);
    EXPECT_TRUE(look().src_valid_mark);
}

TEST_F(Machine, AsksTheRouteToNumericEndpoints) {
    const auto with = [&](const std::string& endpoint) {
        const auto made = profile("x", uuid_of(1),
                                  std::string("[wireguard-peer.") + peer_text +
                                      "]\nendpoint=" + endpoint + "\nallowed-ips=10.0.0.2/32;\n");
        return look_at_host(made.get(), root_.path().string()).route_mtu;
    };
    EXPECT_GT(with("127.0.0.1:51820")["127.0.0.1:51820"], 1280U); // the loopback's
    EXPECT_TRUE(with("localhost:51820").empty());
    set("wg7", "rp_filter", 0); // it is up: the way may lead into it
    EXPECT_TRUE(with("127.0.0.1:51820").empty());
}

class Names : public ::testing::Test {
protected:
    void add(const std::string& id) {
        const auto number = static_cast<int>(profiles_.size()) + 1;
        profiles_.push_back({"/" + std::to_string(number), profile(id, uuid_of(number))});
    }
    std::string refusal(const std::string& name) const {
        const auto found = find_profile(profiles_, name);
        return found ? "found" : found.error().detail();
    }
    std::vector<KnownProfile> profiles_{};
};

TEST_F(Names, AProfileIsFoundByUuidOrName) {
    add("Office");
    add(uuid_of(1)); // a name that is the UUID of another
    EXPECT_EQ(find_profile(profiles_, "Office").value(), &profiles_[0]);
    EXPECT_EQ(find_profile(profiles_, uuid_of(1)).value(), &profiles_[0]);
    EXPECT_EQ(find_profile(profiles_, uuid_of(2)).value(), &profiles_[1]);
}

TEST_F(Names, WhatIsNearIsNamed) {
    add("Office Zürich");
    add("Home");
    for (const auto* name : {"office zürich", "office", "Ofice Zürich", "ZÜRICH"})
        EXPECT_TRUE(refusal(name).contains("did you mean Office Zürich (" + uuid_of(1) + ")"))
            << name;
    EXPECT_FALSE(refusal("office").contains("Home"));
    EXPECT_FALSE(refusal("elsewhere").contains("did you mean"));
    EXPECT_FALSE(refusal("").contains("did you mean"));
    for (const std::string no_text : {"\xf0", "Home\xff", "\xc3"})
        EXPECT_NE(g_utf8_validate(refusal(no_text).c_str(), -1, nullptr), FALSE);
    add("Home");
    EXPECT_TRUE(refusal("Home").contains("there are 2 of that name"));
    EXPECT_EQ(find_profile(profiles_, "Home").error().code(), Errc::invalid_argument);
}

std::string table_of(std::optional<std::uint32_t> declared, const std::vector<std::string>& lines) {
    ParsedWgQuick parsed{.declaration = {.device = "wg0", .route_table = declared}};
    for (const auto& line : lines)
        parsed.unsupported_lines.push_back({.key = "Table", .value = SecretText(line)});
    prepare(parsed);
    return parsed.unsupported_lines.empty()
               ? "-"
               : std::string(parsed.unsupported_lines.back().value.view());
}

TEST(Prepare, LetsTheDeclarationSayTheTable) {
    EXPECT_EQ(table_of({}, {}), "off");
    EXPECT_EQ(table_of(0, {}), "off");
    EXPECT_EQ(table_of(254, {}), "-");
    EXPECT_EQ(table_of(7, {}), "7");
    EXPECT_EQ(table_of(7, {"8", "0x7"}), "0x7");
    EXPECT_EQ(table_of(7, {"7", "8"}), "7");
    EXPECT_EQ(table_of(254, {"main"}), "main");
    EXPECT_EQ(table_of(254, {"off"}), "-");
    EXPECT_EQ(table_of({}, {"off"}), "off");
}

RC_GTEST_PROP(Prepare, LeavesNoHeldPeerAndNamesIt, ()) {
    ParsedWgQuick parsed{.declaration = *testing::declarations()};
    const auto before = parsed.declaration;
    const auto not_expressible = prepare(parsed);
    for (const auto& peer : before.peers) {
        const bool stays = std::ranges::any_of(parsed.declaration.peers, [&](const auto& kept) {
            return kept.public_key == peer.public_key;
        });
        const bool is_named = std::ranges::any_of(not_expressible, [&](const auto& problem) {
            return problem.text.contains(peer.public_key.to_base64());
        });
        RC_ASSERT((stays == !peer.kept_as_is));
        RC_ASSERT(is_named || !(peer.kept_as_is || !peer.name.empty()));
    }
}

} // namespace
} // namespace wgnl::nm
