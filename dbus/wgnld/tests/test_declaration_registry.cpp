// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may declare what: sources, the registry of declarations, the limits of wgnld.conf.
#include <fstream>

#include <gtest/gtest.h>

#include "answers/authority.hpp"
#include "control/declaration_registry.hpp"
#include "control/limits.hpp"
#include "host/config.hpp"
#include "host/systemd_host.hpp"
#include "model_tools.hpp"
#include "worker/tasks.hpp"

namespace wgnl::daemon::test {
namespace {

using Entry = DeclarationRegistry::Answer;

constexpr uid_t networkd_uid = 998;
const Trust trust{.networkd = networkd_uid, .readers = 990};

SourceDeclaration entry(Source source, const char* origin, std::uint16_t port = 1) {
    auto declared = declaration({});
    declared.listen_port = port;
    return {source, origin, std::make_shared<const Declaration>(declared)};
}

TEST(Source, FollowsFromTheSender) {
    EXPECT_EQ(source_of({.uid = networkd_uid}, trust), Source::networkd);
    EXPECT_EQ(source_of({.uid = 0, .unit = "wgnl-nm.service"}, trust), Source::network_manager);
    EXPECT_EQ(source_of({.uid = 0, .unit = "ssh.service"}, trust), Source::command);
    EXPECT_EQ(source_of({.uid = 1000}, trust), std::nullopt);
}

TEST(Source, UnitNameAloneGivesNobodyAnything) {
    EXPECT_EQ(source_of({.uid = 1000, .unit = "wgnl-nm.service"}, trust), std::nullopt);
}

TEST(Source, WithoutSystemdNetworkNobodyIsNetworkd) {
    EXPECT_EQ(source_of({.uid = networkd_uid}, Trust{}), std::nullopt);
}

TEST(Authority, DetailsAreForRootAndTheGroup) {
    EXPECT_TRUE(may_inspect({.uid = 0}));
    EXPECT_TRUE(may_inspect({.uid = 1000, .in_readers = true}));
    EXPECT_FALSE(may_inspect({.uid = 1000}));
}

TEST(Book, SecondSourceIsRefusedAndBothAreNamed) {
    DeclarationRegistry registry;
    EXPECT_EQ(registry.declare(entry(Source::networkd, "/etc/wg0.netdev")), Entry::first);

    EXPECT_EQ(registry.declare(entry(Source::command, "/root/wg0.json")), Entry::refused);

    EXPECT_EQ(registry.find("wg0")->source, Source::networkd);
    const auto conflicts = registry.conflicts("wg0");
    ASSERT_EQ(conflicts.size(), 1U);
    EXPECT_NE(conflicts[0].text.find("/etc/wg0.netdev"), std::string::npos);
    EXPECT_NE(conflicts[0].text.find("/root/wg0.json"), std::string::npos);
}

TEST(Book, SameSourceReplacesAlsoFromAnotherFile) {
    DeclarationRegistry registry;
    registry.declare(entry(Source::networkd, "/etc/a.netdev"));

    EXPECT_EQ(registry.declare(entry(Source::networkd, "/etc/a.netdev")), Entry::unchanged);
    EXPECT_EQ(registry.declare(entry(Source::networkd, "/etc/b.netdev", 2)), Entry::changed);
    EXPECT_EQ(registry.find("wg0")->origin, "/etc/b.netdev");
}

TEST(Book, ConflictEndsWithEitherClaim) {
    DeclarationRegistry registry;
    registry.declare(entry(Source::networkd, "a"));
    registry.declare(entry(Source::command, "b"));
    EXPECT_FALSE(registry.withdraw(Source::command, "wg0"));
    EXPECT_TRUE(registry.conflicts("wg0").empty());

    registry.declare(entry(Source::command, "b"));
    registry.retain(Source::command, {});
    EXPECT_TRUE(registry.conflicts("wg0").empty());
}

TEST(Book, RetainEndsOnlyWhatThisSourceDoesNotName) {
    DeclarationRegistry registry;
    registry.declare(entry(Source::networkd, "a"));

    EXPECT_TRUE(registry.retain(Source::command, {}).empty());
    EXPECT_TRUE(registry.retain(Source::networkd, {"wg0"}).empty());
    EXPECT_EQ(registry.retain(Source::networkd, {"wg1"}), std::vector<std::string>{"wg0"});
    EXPECT_EQ(registry.find("wg0"), nullptr);
}

TEST(Book, NobodyWithdrawsForAnother) {
    DeclarationRegistry registry;
    registry.declare(entry(Source::networkd, "a"));

    EXPECT_FALSE(registry.withdraw(Source::command, "wg0"));
    EXPECT_NE(registry.find("wg0"), nullptr);
    EXPECT_TRUE(registry.withdraw(Source::networkd, "wg0"));
}

TEST(Config, EveryKeyIsRead) {
    const auto config = parse_config("# limits\nDeviceNames=wg* vpn?\nAllowDefaultRoute=yes\n"
                                     "MaxPeers = 10\n;\nMaxDocumentBytes=4096\nObserveForeign=no");

    ASSERT_TRUE(config.has_value()) << config.error().to_string();
    EXPECT_EQ(config->device_names, (std::vector<std::string>{"wg*", "vpn?"}));
    EXPECT_TRUE(config->allow_default_route);
    EXPECT_EQ(config->limits.peers, 10U);
    EXPECT_EQ(config->limits.bytes, 4096U);
    EXPECT_EQ(config->observe_foreign, ObserveForeign::no);
}

TEST(Config, MistakeIsRefusedWithItsLine) {
    for (const char* text :
         {"MaxPeers=1\nMaxPeers=many", "\nAllowDefaultRoute=maybe", "\nColour=red", "\nMaxPeers"}) {
        const auto config = parse_config(text);
        ASSERT_FALSE(config.has_value()) << text;
        EXPECT_NE(config.error().to_string().find("line 2"), std::string::npos) << text;
    }
}

TEST(Config, MissingFileMeansDefaults) {
    EXPECT_TRUE(load_config("/nonexistent/wgnld.conf").has_value());
    EXPECT_FALSE(load_config("/dev/zero").has_value()) << "it has no end";
    EXPECT_FALSE(load_config("/tmp").has_value());
}

TEST(Limits, OnlyPermittedNamesAreCreated) {
    auto own = declaration({});
    own.mode = Mode::own;
    EXPECT_TRUE(enforce(Config{}, own).has_value());

    own.device = "eth0";
    EXPECT_FALSE(enforce(Config{}, own).has_value());
    own.mode = Mode::sync;
    EXPECT_TRUE(enforce(Config{}, own).has_value());
}

Declaration covering(Mode mode, std::vector<std::string> prefixes,
                     std::vector<std::string> addresses = {}) {
    auto made = declaration({{.public_key = key(1)}});
    made.mode = mode;
    made.route_table = 254;
    for (const auto& prefix : prefixes)
        made.peers[0].allowed_ips.push_back(AllowedIp::parse(prefix)->value);
    for (const auto& address : addresses)
        made.addresses.push_back(InterfaceAddress::parse(address).value());
    return made;
}

std::vector<std::string> slash_eights(unsigned count) {
    std::vector<std::string> prefixes;
    for (unsigned first = 1; first <= count; ++first)
        prefixes.push_back(std::to_string(first) + ".0.0.0/8");
    return prefixes;
}

bool has_routes(const Declaration& declared) { return coverage_of(declared).ipv4 > 0; }

TEST(Limits, AddressesDoNotCoverTheInternet) {
    const auto enforced = enforce(
        Config{}, covering(Mode::own, {}, {"130.0.0.1/1", "10.0.0.1/24", "2001:db8::1/15"}));

    ASSERT_TRUE(enforced);
    ASSERT_EQ(enforced->addresses.size(), 1U);
    EXPECT_EQ(enforced->addresses[0].to_string(), "10.0.0.1/24");
    ASSERT_EQ(enforced->problems.size(), 2U);
    EXPECT_NE(enforced->problems[0].text.find("130.0.0.1/1"), std::string::npos);
    EXPECT_NE(enforced->problems[0].text.find("AllowDefaultRoute=yes"), std::string::npos);
}

TEST(Limits, WhatIsCoveredTogetherCounts) {
    for (const auto mode : {Mode::own, Mode::sync}) {
        EXPECT_TRUE(has_routes(*enforce(Config{}, covering(mode, slash_eights(2)))));
        const auto enforced = enforce(Config{}, covering(mode, slash_eights(3)));
        EXPECT_FALSE(has_routes(*enforced));
        EXPECT_EQ(enforced->peers[0].allowed_ips.size(), 3U) << "which are the peer's all the same";
        EXPECT_EQ(enforced->problems.size(), 1U);
    }
    const auto mixed =
        enforce(Config{}, covering(Mode::own, {"1.0.0.0/8", "2.0.0.0/8"}, {"3.0.0.1/8"}));
    EXPECT_FALSE(has_routes(*mixed));
    EXPECT_TRUE(mixed->addresses.empty());
    const auto nested = enforce(
        Config{}, covering(Mode::own, {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "11.0.0.0/8"}));
    EXPECT_TRUE(has_routes(*nested)) << "what lies in another counts once";
    Config all;
    all.allow_default_route = true;
    EXPECT_TRUE(has_routes(*enforce(all, covering(Mode::own, slash_eights(200)))));
}

TEST(Limits, EachTableThatAllPacketsMeetCounts) {
    for (const std::uint32_t table : {253U, 254U}) {
        auto declared = covering(Mode::own, slash_eights(3));
        declared.route_table.reset();
        declared.peers[0].route_table = table;
        EXPECT_FALSE(has_routes(*enforce(Config{}, declared)));
        declared.peers[0].route_table.reset();
        for (const auto& prefix : declared.peers[0].allowed_ips)
            declared.peers[0].routes.push_back({prefix, table, 0});
        EXPECT_FALSE(has_routes(*enforce(Config{}, declared)));
    }
    auto apart = covering(Mode::own, slash_eights(3));
    apart.route_table = 1000;
    EXPECT_EQ(enforce(Config{}, apart)->route_table, 1000U);
    EXPECT_TRUE(enforce(Config{}, apart)->problems.empty());
}

TEST(Limits, TableLocalIsNobodys) {
    Config all;
    all.allow_default_route = true;
    auto by_device = covering(Mode::own, {"192.0.2.0/25"});
    by_device.route_table = 255;
    auto by_peer = covering(Mode::sync, {"192.0.2.0/25"});
    by_peer.peers[0].route_table = 255;
    auto listed = covering(Mode::own, {"192.0.2.0/25", "10.0.0.0/24"});
    listed.peers[0].routes = {{listed.peers[0].allowed_ips[0], 255, 0},
                              {listed.peers[0].allowed_ips[1], 254, 0}};
    for (const auto& config : {Config{}, all}) {
        EXPECT_FALSE(has_routes(*enforce(config, by_device)));
        EXPECT_FALSE(has_routes(*enforce(config, by_peer)));
        const auto rest = enforce(config, listed);
        ASSERT_EQ(rest->peers[0].routes.size(), 1U);
        EXPECT_EQ(rest->peers[0].routes[0].table, 254U);
        EXPECT_EQ(rest->problems.size(), 1U);
    }
}

TEST(Limits, AllDevicesTogetherHaveOne) {
    DeclarationRegistry registry;
    const auto covers = [](const std::string& device, double share) {
        auto declared = std::make_shared<Declaration>(declaration({}));
        declared->device = device;
        return SourceDeclaration{Source::networkd, device, declared, {.ipv4 = share}};
    };
    EXPECT_EQ(registry.declare(covers("wg0", most_of_all.ipv4 / 2), most_of_all), Entry::first);
    EXPECT_EQ(registry.declare(covers("wg1", most_of_all.ipv4 / 2), most_of_all), Entry::first);
    EXPECT_EQ(registry.declare(covers("wg2", most_of_all.ipv4 / 4), most_of_all), Entry::too_much);
    EXPECT_EQ(registry.find("wg2"), nullptr);
    EXPECT_EQ(registry.declare(covers("wg2", 0), most_of_all), Entry::first);
    EXPECT_EQ(registry.declare(covers("wg1", most_of_all.ipv4 / 4), most_of_all), Entry::unchanged)
        << "each counts with what it says last";
    EXPECT_EQ(registry.declare(covers("wg2", most_of_all.ipv4 / 4), most_of_all), Entry::unchanged);
}

/// To take what cannot be listed for nothing would be to forget what is to be revoked.
TEST(Records, ThatCannotBeListedAreAnError) {
    const auto file = testing::TempDir() + "no-directory";
    std::ofstream(file) << "\n";
    auto client = Client::open();
    ASSERT_TRUE(client) << client.error().to_string();
    Worker::Context context{*std::move(client), RecordStore(file)};

    EXPECT_FALSE(recorded_devices(context, "networkd"));

    context.store = RecordStore(testing::TempDir() + "no-directory-either");
    EXPECT_TRUE(recorded_devices(context, "networkd")->empty()) << "there nothing was recorded";
}

TEST(Networkd, LinkPathCarriesTheInterfaceIndex) {
    EXPECT_EQ(ifindex_of("/org/freedesktop/network1/link/_37"), 7U);
    EXPECT_EQ(ifindex_of("/org/freedesktop/network1/link/_312"), 12U);
    EXPECT_EQ(ifindex_of("/org/freedesktop/network1/link/lo"), std::nullopt);
    EXPECT_EQ(ifindex_of("/org/freedesktop/network1"), std::nullopt);
}

} // namespace
} // namespace wgnl::daemon::test
