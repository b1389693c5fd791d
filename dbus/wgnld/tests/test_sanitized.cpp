// SPDX-License-Identifier: LGPL-2.1-or-later
// What the bus shows of text and of many prefixes; snapshots, and what they cost.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "answers/snapshot_writer.hpp"
#include "base/memfd.hpp"
#include "bus/listing.hpp"
#include "bus/objects.hpp"
#include "model/sanitized_text.hpp"
#include "model_tools.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon::test {
namespace {

using Json = nlohmann::json;

TEST(ShownText, IsAsItWasIfNothingSpeaksAgainstIt) { EXPECT_EQ(sanitized("Zürich 1"), "Zürich 1"); }

TEST(ShownText, HasNoControlCharactersAndNoBrokenBytes) {
    EXPECT_EQ(sanitized("a\nb\x1b[0m"), "a\xef\xbf\xbd"
                                        "b\xef\xbf\xbd[0m");
    EXPECT_EQ(sanitized("wg\xff"), "wg\xef\xbf\xbd");
    EXPECT_EQ(sanitized("\xc2\x85"), "\xef\xbf\xbd") << "C1, too";
    EXPECT_EQ(sanitized("\u202e\u200b"), "\xef\xbf\xbd\xef\xbf\xbd") << "what nobody sees, too";
}

TEST(ShownText, HasNoNoncharacters) {
    EXPECT_EQ(sanitized("a\U0000fffe\U0000fdd0\U0001ffff\U0010fffez"), "a����z");
    EXPECT_EQ(sanitized("\U0000fffc\U0000fdf0\U0001fffd"), "\U0000fffc\U0000fdf0\U0001fffd");
}

TEST(ShownText, IsCutAtAWholeCharacter) {
    EXPECT_EQ(sanitized(std::string(1024, 'a')), std::string(1024, 'a'));
    EXPECT_EQ(sanitized(std::string(5000, 'a')), std::string(1021, 'a') + "…");
    std::string umlauts;
    for (int i = 0; i < 1000; ++i)
        umlauts += "ü";
    const auto cut = sanitized(umlauts);
    EXPECT_LE(cut.size(), 1024U);
    EXPECT_EQ(cut.substr(0, 1020), umlauts.substr(0, 1020));
    EXPECT_EQ(cut.substr(1020), "…");
}

PublicKey numbered_key(std::uint32_t number) {
    KeyBytes bytes{};
    for (std::size_t i = 0; i < 4; ++i)
        bytes[i] = static_cast<std::uint8_t>(number * 2654435761U >> 8 * i);
    return PublicKey(bytes);
}

DeviceReading big_reading(std::uint32_t count, std::chrono::nanoseconds after = 0s) {
    std::vector<PeerReading> peers;
    for (std::uint32_t i = 0; i < count; ++i)
        peers.push_back({.public_key = numbered_key(i),
                         .endpoint = endpoint("192.0.2.1:51820"),
                         .last_handshake = 1'700'000'000s,
                         .rx_bytes = i,
                         .allowed_ips = {AllowedIp::parse("10.0.0.1")->value,
                                         AllowedIp::parse("fd00::1")->value}});
    return reading(after, std::move(peers));
}

std::string text_of(const UniqueFd& file) {
    const auto mapped = SealedFile::map(file.get(), SIZE_MAX);
    const auto bytes = mapped->bytes();
    return {bytes.begin(), bytes.end()};
}

std::size_t count(std::string_view text, std::string_view wanted) {
    std::size_t found = 0;
    for (auto at = text.find(wanted); at != text.npos; at = text.find(wanted, at + 1))
        ++found;
    return found;
}

TEST(Snapshot, NamesALinkAsThePropertyDoes) {
    const DeviceModel model("wg\x1b[2J\u202e");

    EXPECT_EQ(Json::parse(*snapshot_json(model))["Name"], "wg\ufffd[2J\ufffd");
}

TEST(Snapshot, HasEveryMemberOfTheInterfaces) {
    DeviceModel model("wg0");
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].name = "name";
    declared.problems = {{Severity::warning, {"f", 1}, "text"}};
    model.declare(summary_of(declared, "command", "/etc/f"));
    model.take(reading(0s, {peer_reading(1), peer_reading(2)}));

    const auto shot = Json::parse(*snapshot_json(model));

    EXPECT_EQ(shot["Name"], "wg0");
    EXPECT_EQ(shot["Problems"], Json::parse(R"([["warning", "f:1", "text"]])"));
    EXPECT_EQ(shot["StateCounts"], Json::parse(R"({"never": 2})"));
    ASSERT_EQ(shot["Peers"].size(), 2U);
    EXPECT_EQ(shot["Peers"][1]["Name"], "name") << "sorted by name";
    EXPECT_EQ(shot["Peers"][1]["AllowedIPs"], Json::parse(R"(["10.0.0.1/32"])"));
}

/// The schema of docs/, or null.
Json snapshot_schema() {
    const char* const root = std::getenv("WGNL_SOURCE_ROOT"); // `meson test` sets it
    std::ifstream file(std::string(root ? root : ".") + "/docs/snapshot.schema.json");
    return Json::parse(file, nullptr, false);
}

/// Whether the value is of the type that the schema has for it.
bool fits(const Json& value, const Json& schema) {
    const std::string type = schema["type"];
    if (type == "integer")
        return value.is_number_unsigned() && value.get<std::uint64_t>() <= schema["maximum"];
    if (type == "array")
        return value.is_array();
    return type == value.type_name();
}

void expect_members(const Json& object, const Json& schema) {
    EXPECT_EQ(object.size(), schema["required"].size());
    for (const std::string name : schema["required"]) {
        ASSERT_TRUE(object.contains(name)) << name;
        EXPECT_TRUE(fits(object[name], schema["properties"][name])) << name << object[name];
    }
}

TEST(Snapshot, HasTheMembersOfItsSchema) {
    DeviceModel model("wg0");
    model.take(reading(0s, {peer_reading(1)}));
    const auto shot = Json::parse(*snapshot_json(model));
    const auto schema = snapshot_schema();

    ASSERT_TRUE(schema.is_object()) << "set WGNL_SOURCE_ROOT to the checkout";
    expect_members(shot, schema);
    expect_members(shot["Peers"][0], schema["$defs"]["peer"]);
}

TEST(Snapshot, SurvivesChangesWhileItIsWritten) {
    DeviceModel model("wg0");
    auto peers = big_reading(5000).peers;
    model.take(reading(0s, peers));
    auto writer = *SnapshotWriter::begin(model);
    ASSERT_FALSE(*writer.go_on(model, 0ns)) << "there is more";
    std::erase_if(peers, [](const auto& peer) { return peer.rx_bytes % 2 == 1; });
    peers.push_back(peer_reading(3));
    model.take(reading(1s, peers));

    while (!*writer.go_on(model, 0ns)) {
    }
    const auto shot = Json::parse(text_of(*writer.finish()));

    std::map<std::string, int> seen;
    for (const auto& peer : shot["Peers"])
        ++seen[peer["PublicKey"]];
    for (const auto& peer : peers)
        EXPECT_EQ(seen[peer.public_key.to_base64()], peer.public_key == key(3) ? 0 : 1);
}

TEST(Snapshot, OfAHundredThousandPeersIsWrittenInSlices) {
    DeviceModel model("wg0");
    auto declared = declaration({});
    for (std::uint32_t i = 0; i < 100'000; ++i)
        declared.peers.push_back({.public_key = numbered_key(i), .name = std::to_string(i)});
    model.declare(summary_of(declared, "command", "f"));
    model.take(big_reading(100'000));
    const auto before = sd::thread_time();
    auto writer = *SnapshotWriter::begin(model);
    const auto begun = sd::thread_time() - before;
    int slices = 1;
    while (!*writer.go_on(model, 4ms))
        ++slices;
    const auto file = *writer.finish();
    const auto took = sd::thread_time() - before;
    const auto asked = sd::thread_time();
    EXPECT_EQ(model.peers().find_named("4711").at(0)->key(), numbered_key(4711));
    const auto found = sd::thread_time() - asked;

    EXPECT_EQ(count(text_of(file), "{\"PublicKey\":\""), 100'000U);
    EXPECT_GT(slices, 1);
    const auto ms = [](auto time) { return static_cast<double>(time.count()) / 1e6; };
    std::printf("100,000 peers: snapshot %.1f ms of processor time in %d slices after %.1f ms; "
                "a peer by name %.2f ms\n",
                ms(took), slices, ms(begun), ms(found));
}

TEST(ShownSize, IsNoLessThanWhatIsShown) {
    PeerModel peer(key(1));
    PeerReading seen = peer_reading(1);
    seen.allowed_ips.assign(1'000'000, AllowedIp::parse("2001:db8:1111:2222:3333::/128")->value);
    peer.take(&seen, {.at = moment(0s)});
    peer.declare(
        DeclaredPeerInfo{.name = std::string(8000, 'n'),
                         .problems = {300, {Severity::error, {"w"}, std::string(8000, 't')}}});

    EXPECT_GE(size_on_bus(peer), most_prefixes * 40 + most_problems * longest_text);
    EXPECT_LE(size_on_bus(peer), std::size_t{1} << 20) << "however much there is";
}

} // namespace
} // namespace wgnl::daemon::test
