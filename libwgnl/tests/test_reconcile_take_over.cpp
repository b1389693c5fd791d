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
