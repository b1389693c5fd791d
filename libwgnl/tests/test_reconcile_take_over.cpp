// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices that somebody else made, as wg-quick does, and that a person has taken over: by
// difference, where the key is the declared one.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include "fake_system.hpp"
#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

InterfaceAddress address(std::string_view text) { return InterfaceAddress::parse(text).value(); }

Route by_hand(std::string_view destination, std::uint32_t table = 254) {
    auto route = Route{net(destination), table}.normalised();
    route.protocol = RTPROT_BOOT;
    return route;
}

/// wg-quick has brought it up, by the file that is declared.
class TakeOver : public ::testing::Test {
protected:
    TakeOver() {
        declared_.mode = Mode::own;
        declared_.private_key = identity(5);
        declared_.route_table = 254;
        declared_.addresses = {address("10.0.0.1/24")};
        auto client = system_.open();
        EXPECT_TRUE(client.links().create("wg0"));
        DeviceChange change;
        change.private_key = *declared_.private_key;
        change.listen_port = 40000;
        change.fwmark = 51820;
        for (const auto& peer : declared_.peers)
            change.peers.push_back({.public_key = peer.public_key,
                                    .action = PeerChange::Action::add,
                                    .add_allowed_ips = peer.allowed_ips});
        EXPECT_TRUE(client.devices().set("wg0", change));
        EXPECT_TRUE(client.links().set_up("wg0", true));
        EXPECT_TRUE(client.addresses().add("wg0", declared_.addresses[0]));
        routes() = {by_hand("10.1.0.0/16"), by_hand("10.2.0.0/16")};
        system_.kernel.forget_sets();
    }
    ReconcileOutcome run(ReconcileOptions options = {}) {
        options.take_over = true;
        options.policy.confirmed = true;
        auto client = system_.open();
        auto outcome = reconcile(client, store_, declared_, {"command", "wg0.conf"}, options);
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome.value_or(ReconcileOutcome{});
    }
    tests::FakeRtnetlink::Entry* link() { return system_.rtnetlink.find("wg0"); }
    std::vector<Route>& routes() { return link()->routes; }
    Device live() { return system_.kernel.find("wg0")->device; }
    std::optional<Record> record() { return store_.load("wg0").value(); }

    FakeSystem system_{};
    TemporaryDirectory directory_{};
    RecordStore store_{directory_.path()};
    Declaration declared_{
        declaration({declared_peer(1, {"10.1.0.0/16"}), declared_peer(2, {"10.2.0.0/16"})})};
};

bool says(const ReconcileOutcome& outcome, std::string_view words) {
    return std::ranges::any_of(
        outcome.problems, [&](const Problem& problem) { return problem.text.contains(words); });
}

TEST_F(TakeOver, OfWhatIsAsDeclaredSendsNothing) {
    const auto before = routes();
    const auto changes = system_.rtnetlink.changes();
    EXPECT_FALSE(run({.dry_run = true}).differs);
    EXPECT_EQ(record(), std::nullopt);
    const auto outcome = run();
    EXPECT_TRUE(outcome.ok);
    EXPECT_TRUE(system_.kernel.sets().empty());
    EXPECT_EQ(system_.rtnetlink.changes(), changes);
    EXPECT_EQ(routes(), before);
    ASSERT_TRUE(record());
    EXPECT_EQ(record()->source, "command");
    EXPECT_FALSE(record()->created_device);
}

TEST_F(TakeOver, IsByDifference) {
    declared_.peers.erase(declared_.peers.begin());
    declared_.peers.push_back(declared_peer(3, {"10.3.0.0/16"}));
    declared_.addresses = {address("10.0.0.7/24")};
    EXPECT_TRUE(run({.dry_run = true}).differs);
    EXPECT_EQ(live().peers.size(), 2U) << "a dry run changed something";

    const auto outcome = run();

    EXPECT_TRUE(outcome.ok);
    ASSERT_EQ(live().peers.size(), 2U);
    for (const auto& peer : live().peers)
        EXPECT_NE(peer.public_key, key(1)) << "which the file no longer has";
    const auto& changes = outcome.plan.change.peers;
    EXPECT_TRUE(std::ranges::none_of(changes, [](const PeerChange& change) {
        return change.public_key == key(2);
    })) << "an unchanged peer was touched";
    EXPECT_EQ(link()->addresses, declared_.addresses);
    auto ours = by_hand("10.3.0.0/16");
    ours.protocol = route_protocol;
    EXPECT_EQ(routes(), (std::vector{by_hand("10.2.0.0/16"), ours}));
    EXPECT_EQ(live().listen_port, 40000);
    EXPECT_EQ(live().fwmark, 51820U);
}

TEST_F(TakeOver, GoesOnWithWhatItHas) {
    run();
    declared_.peers.pop_back();
    EXPECT_TRUE(run().ok);
    EXPECT_EQ(live().peers.size(), 1U);
    EXPECT_EQ(routes(), std::vector{by_hand("10.1.0.0/16")});
}

TEST_F(TakeOver, KeepsADefaultRouteInItsOwnTableWhileItIsDeclared) {
    declared_.peers[0].allowed_ips.push_back(net("0.0.0.0/0"));
    routes().push_back(by_hand("0.0.0.0/0", 51820));
    const auto before = routes();
    auto outcome = run();
    EXPECT_TRUE(outcome.ok);
    EXPECT_FALSE(says(outcome, "too wide"));
    EXPECT_EQ(routes(), before);
    EXPECT_EQ(run().route_changes, 0U);

    declared_.peers[0].allowed_ips.pop_back();
    run();
    EXPECT_EQ(routes(), (std::vector{by_hand("10.1.0.0/16"), by_hand("10.2.0.0/16")}));
}

TEST_F(TakeOver, IsRefusedWhereTheKeyIsNotTheDeclaredOne) {
    declared_.private_key = identity(6);
    auto outcome = run();
    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, "its public key is " + live().public_key->to_base64()));
    EXPECT_TRUE(says(outcome, "ip link delete wg0"));
    declared_.private_key.reset();
    outcome = run();
    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, "without a private key"));
    EXPECT_TRUE(system_.kernel.sets().empty());
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(TakeOver, IsRefusedWhereSomebodyElseKeepsTheDevice) {
    TakeOverFacts how{.owner = [](const Link& link) { return link.name + "'s keeper has it"; }};
    declared_.peers.pop_back();
    for (const bool dry_run : {true, false}) {
        const auto outcome = run({.dry_run = dry_run, .taking = how});
        EXPECT_FALSE(outcome.ok);
        EXPECT_TRUE(says(outcome, "left alone: wg0's keeper has it"));
    }
    how.owner = [](const Link&) { return std::string(); };
    routes()[0].protocol = RTPROT_STATIC;
    const auto outcome = run({.taking = how});
    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, "as its route 10.1.0.0/16"));
    EXPECT_TRUE(says(outcome, "networkctl status wg0"));
    EXPECT_EQ(live().peers.size(), 2U);
    EXPECT_EQ(record(), std::nullopt);
}

/// What the file's commands, or people, have made.
class TakeOverOfMore : public TakeOver {
protected:
    TakeOverOfMore() {
        routes().push_back(by_hand("172.16.0.0/12"));     // of no allowed IP
        routes().push_back(by_hand("10.1.0.0/16", 1000)); // in a table that nobody declared
        auto metric = by_hand("10.2.0.0/16");
        metric.metric = 50;
        routes().push_back(metric);
    }
};

TEST_F(TakeOverOfMore, LeavesWhatWgQuickDoesNotMakeItself) {
    const auto before = routes();
    declared_.peers.pop_back();
    EXPECT_TRUE(run().ok);
    ASSERT_EQ(routes().size(), before.size() - 1);
    EXPECT_EQ(routes()[0], before[0]);
    EXPECT_TRUE(
        std::ranges::equal(routes().begin() + 1, routes().end(), before.begin() + 2, before.end()))
        << "but the route that the file had of its second peer";
}

TEST_F(TakeOverOfMore, LeavesAllRoutesWhereTheyAreOff) {
    const auto before = routes();
    declared_.route_table.reset();
    declared_.peers.pop_back();
    EXPECT_TRUE(run().ok);
    EXPECT_EQ(routes(), before);
}

TEST_F(TakeOverOfMore, LeavesTheRoutesOfAPeerThatHasThemOff) {
    const auto before = routes();
    declared_.peers[1].route_table = 0;
    EXPECT_TRUE(run().ok);
    EXPECT_EQ(routes(), before);
}

TEST_F(TakeOverOfMore, LeavesWhatCommandsMayHaveMade) {
    auto client = system_.open();
    ASSERT_TRUE(client.addresses().add("wg0", address("10.9.9.9/32")));
    const auto before = routes();
    declared_.peers.pop_back();
    EXPECT_TRUE(run({.taking = {.ran_commands = true}}).ok);
    EXPECT_EQ(routes(), before);
    EXPECT_EQ(link()->addresses, (std::vector{address("10.0.0.1/24"), address("10.9.9.9/32")}));
    ASSERT_TRUE(record());
    EXPECT_EQ(record()->created_addresses, declared_.addresses);
}

TEST_F(TakeOverOfMore, IsRefusedWhereADefaultRouteMayBeOfCommands) {
    const auto whole = declared_.peers[0].allowed_ips;
    declared_.peers[0].allowed_ips.push_back(net("0.0.0.0/0"));
    routes().push_back(by_hand("0.0.0.0/0", 51820));
    EXPECT_TRUE(run({.dry_run = true, .taking = {.ran_commands = true}}).ok);
    declared_.peers[0].allowed_ips = whole;
    const auto outcome = run({.taking = {.ran_commands = true}});
    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, "ip route del 0.0.0.0/0 dev wg0 table 51820"));
    EXPECT_EQ(record(), std::nullopt);
}

/// With all IPv4 traffic, by rules on its mark.
class TakeOverOfAll : public TakeOver {
protected:
    TakeOverOfAll() {
        declared_.peers[0].allowed_ips.push_back(net("0.0.0.0/0"));
        routes().push_back(by_hand("0.0.0.0/0", 51820));
    }
};

TEST_F(TakeOverOfAll, NeverTakesTheMarkAway) {
    declared_.fwmark = 0; // which wg-quick passes over
    auto outcome = run();
    EXPECT_TRUE(outcome.ok);
    EXPECT_TRUE(says(outcome, "the mark 0xca6c stays"));
    EXPECT_EQ(live().fwmark, 51820U);

    declared_.fwmark = 51820;
    EXPECT_TRUE(run().ok);
    declared_.fwmark.reset();
    outcome = run();
    EXPECT_TRUE(outcome.ok);
    EXPECT_TRUE(says(outcome, "the mark 0xca6c stays"));
    EXPECT_EQ(live().fwmark, 51820U) << "though it was declared last";
}

TEST_F(TakeOverOfAll, RefusesAnotherMark) {
    declared_.fwmark = 1000;
    EXPECT_FALSE(run({.dry_run = true}).plan.differences.empty());
    const auto outcome = run();
    EXPECT_TRUE(says(outcome, "the mark stays 0xca6c, and does not become 0x3e8"));
    EXPECT_TRUE(std::ranges::any_of(outcome.problems, [](const Problem& problem) {
        return problem.severity == Severity::error;
    }));
    EXPECT_EQ(live().fwmark, 51820U);
    routes().pop_back(); // nothing needs it any more
    declared_.peers[0].allowed_ips.pop_back();
    run();
    EXPECT_EQ(live().fwmark, 1000U);
}

TEST_F(TakeOver, OfADeviceThatGetsADefaultRouteFails) {
    declared_.peers[0].allowed_ips.push_back(net("0.0.0.0/0"));
    const auto outcome = run();
    EXPECT_TRUE(std::ranges::any_of(outcome.problems, [](const Problem& problem) {
        return problem.severity == Severity::error && problem.text.contains("too wide");
    }));
}

/// Its first peer has an endpoint, which is declared by name.
class TakeOverOfName : public TakeOver {
protected:
    TakeOverOfName() {
        DeviceChange change;
        change.peers.push_back({.public_key = key(1), .endpoint = end("192.0.2.2:51820")});
        auto client = system_.open();
        EXPECT_TRUE(client.devices().set("wg0", change));
        system_.kernel.forget_sets();
    }
    static Endpoint end(std::string_view text) { return Endpoint::parse(text).value(); }
    /// The live endpoint once the name is declared, which has two addresses.
    std::string after(const std::string& name) {
        declared_.peers[0].endpoint = name;
        ReconcileOptions options;
        options.policy.resolved[name] = {end("192.0.2.1:1").address,
                                         HostPort::parse(name).value().port};
        options.taking.addresses[name] = {end("192.0.2.1:1").address, end("192.0.2.2:1").address};
        run(options);
        for (const auto& peer : live().peers)
            if (peer.public_key == key(1))
                return peer.endpoint ? peer.endpoint->to_string() : "none";
        return "no peer";
    }
};

TEST_F(TakeOverOfName, KeepsOneOfItsAddresses) {
    EXPECT_EQ(after("vpn.example.org:51820"), "192.0.2.2:51820");
    EXPECT_TRUE(system_.kernel.sets().empty());
}

TEST_F(TakeOverOfName, GoesToAnotherPort) {
    EXPECT_EQ(after("vpn.example.org:443"), "192.0.2.1:443");
}

TEST_F(TakeOverOfName, GoesToAnotherName) {
    declared_.peers[0].endpoint = "vpn.example.net:51820";
    ReconcileOptions options;
    options.policy.resolved["vpn.example.net:51820"] = end("198.51.100.1:51820");
    options.taking.addresses["vpn.example.net:51820"] = {end("198.51.100.1:1").address};
    run(options);
    EXPECT_EQ(live().peers[0].endpoint->to_string(), "198.51.100.1:51820");
}

TEST_F(TakeOverOfName, ThatIsNotFoundChangesNothingYet) {
    declared_.peers[0].endpoint = "vpn.example.net:51820";
    run();
    EXPECT_EQ(live().peers[0].endpoint->to_string(), "192.0.2.2:51820");
    ReconcileOptions options;
    options.policy.resolved["vpn.example.net:51820"] = end("198.51.100.1:51820");
    run(options);
    EXPECT_EQ(live().peers[0].endpoint->to_string(), "198.51.100.1:51820") << "known since";
}

TEST_F(TakeOver, IsOnlyForWhoAsks) {
    auto client = system_.open();
    const auto outcome = reconcile(client, store_, declared_, {"networkd", "wg0.netdev"});
    ASSERT_TRUE(outcome);
    EXPECT_FALSE(outcome->ok);
    EXPECT_TRUE(says(*outcome, "exists already"));
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(TakeOver, LeavesTheDeviceThere) {
    run();
    auto client = system_.open();
    ASSERT_TRUE(withdraw(client, store_, "wg0"));
    EXPECT_NE(link(), nullptr);
    EXPECT_TRUE(live().peers.empty());
}

} // namespace
} // namespace wgnl
