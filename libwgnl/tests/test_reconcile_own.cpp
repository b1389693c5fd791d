// SPDX-License-Identifier: LGPL-2.1-or-later
// Mode own and withdrawal, over a machine in memory: who creates, who deletes, who is left alone.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "fake_system.hpp"
#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

InterfaceAddress address(std::string_view text) { return InterfaceAddress::parse(text).value(); }

bool says(const ReconcileOutcome& outcome, std::string_view words) {
    return std::ranges::any_of(
        outcome.problems, [&](const Problem& problem) { return problem.text.contains(words); });
}

class ReconcileOwn : public ::testing::Test {
protected:
    ReconcileOwn() {
        declared_.mode = Mode::own;
        declared_.private_key = identity(5);
        declared_.listen_port = 51820;
        declared_.mtu = 1380;
        declared_.addresses = {address("10.0.0.1/24"), address("fd00::1/64")};
    }
    ReconcileOutcome run(const ReconcileOptions& options = {}) {
        auto client = system_.open();
        auto outcome = reconcile(client, store_, declared_, {"networkd", "wg0.netdev"}, options);
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome.value_or(ReconcileOutcome{});
    }
    ReconcileOutcome retire() {
        auto client = system_.open();
        auto outcome = withdraw(client, store_, "wg0");
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome.value_or(ReconcileOutcome{});
    }
    void configure(const DeviceChange& by_others) {
        auto client = system_.open();
        ASSERT_TRUE(client.devices().set("wg0", by_others));
        system_.kernel.forget_sets();
    }
    tests::FakeRtnetlink::Entry* link() { return system_.rtnetlink.find("wg0"); }
    Device live() { return system_.kernel.find("wg0")->device; }
    std::optional<Record> record() { return store_.load("wg0").value(); }
    /// What lies in the store between announcing a creation and recording it.
    void announce() {
        Record announced;
        announced.device = "wg0";
        announced.mode = Mode::own;
        announced.created_device = true;
        ASSERT_TRUE(store_.save(announced));
    }

    FakeSystem system_{};
    TemporaryDirectory directory_{};
    RecordStore store_{directory_.path()};
    Declaration declared_{declaration({declared_peer(1, {"10.0.0.2/32"})})};
};

TEST_F(ReconcileOwn, CreatesTheDeviceFromTheDeclaration) {
    const auto outcome = run();

    EXPECT_TRUE(outcome.ok);
    EXPECT_TRUE(outcome.created_device);
    ASSERT_NE(link(), nullptr);
    EXPECT_TRUE(link()->up);
    EXPECT_EQ(link()->mtu, 1380U);
    EXPECT_EQ(link()->addresses, declared_.addresses);
    EXPECT_EQ(live().private_key, identity(5));
    EXPECT_EQ(live().listen_port, 51820);
    EXPECT_EQ(live().peers.size(), 1U);
    EXPECT_TRUE(outcome.link->up);
}

TEST_F(ReconcileOwn, SaysWhatItDidToTheLink) {
    using Steps = std::vector<std::string>;
    const auto made = run();
    EXPECT_EQ(made.link_steps, (Steps{"~ MTU 1420 -> 1380", "+ address 10.0.0.1/24",
                                      "+ address fd00::1/64", "~ link set up"}));
    EXPECT_EQ(made.link_changes, 4U);

    declared_.mtu = 1400;
    declared_.addresses = {address("10.0.0.9/24"), address("fd00::1/64")};
    EXPECT_EQ(run().link_steps,
              (Steps{"~ MTU 1380 -> 1400", "+ address 10.0.0.9/24", "- address 10.0.0.1/24"}));
    EXPECT_EQ(run().link_steps, Steps{});
}

TEST_F(ReconcileOwn, RecordsWhatItCreated) {
    run();

    ASSERT_TRUE(record());
    EXPECT_TRUE(record()->created_device);
    EXPECT_EQ(record()->ifindex, link()->ifindex);
    EXPECT_EQ(record()->link_generation, link()->link_generation);
    EXPECT_EQ(record()->created_addresses, declared_.addresses);
}

TEST_F(ReconcileOwn, WritesNothingTheSecondTime) {
    run();
    system_.kernel.forget_sets();
    const auto changes = system_.rtnetlink.changes();

    EXPECT_TRUE(run().ok);

    EXPECT_TRUE(system_.kernel.sets().empty());
    EXPECT_EQ(system_.rtnetlink.changes(), changes);
}

TEST_F(ReconcileOwn, NeverTakesOverALinkThatExists) {
    system_.rtnetlink.add("wg0", "wireguard");

    const auto outcome = run();

    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, "ip link delete wg0"));
    EXPECT_TRUE(system_.kernel.sets().empty());
    EXPECT_FALSE(link()->up);
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(ReconcileOwn, NeverTakesOverALinkThatSomebodyMadeAnew) {
    run();
    const auto ifindex = link()->ifindex;
    system_.rtnetlink.remove(ifindex);
    system_.rtnetlink.add("wg0", "wireguard", ifindex);

    EXPECT_FALSE(run().ok);
    EXPECT_FALSE(link()->up);
}

TEST_F(ReconcileOwn, NeverTakesOverALinkOfAnotherKind) {
    system_.rtnetlink.add("wg0", "dummy");
    auto client = system_.open();

    EXPECT_FALSE(reconcile(client, store_, declared_, {}));
    EXPECT_EQ(link()->kind, "dummy");
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(ReconcileOwn, KnowsItsDeviceAfterADeathRightAfterTheCreation) {
    announce();
    system_.rtnetlink.add("wg0", "wireguard");

    EXPECT_TRUE(run().ok);

    EXPECT_TRUE(record()->created_device);
    EXPECT_EQ(record()->ifindex, link()->ifindex);
    EXPECT_TRUE(link()->up);
}

TEST_F(ReconcileOwn, DoesNotMistakeAConfiguredDeviceForItsOwn) {
    announce();
    system_.rtnetlink.add("wg0", "wireguard");
    configure({.private_key = identity(6)});

    EXPECT_FALSE(run().ok);
    EXPECT_EQ(live().private_key, identity(6));
}

TEST_F(ReconcileOwn, MakesTheDeviceAnewWhenSomebodyDeletedIt) {
    run();
    system_.rtnetlink.remove(link()->ifindex);

    EXPECT_TRUE(run().created_device);
    EXPECT_EQ(live().peers.size(), 1U);
    EXPECT_EQ(link()->addresses, declared_.addresses);
}

TEST_F(ReconcileOwn, RemovesOnlyAddressesThatItAdded) {
    run();
    link()->addresses.push_back(address("192.0.2.9/24"));
    declared_.addresses = {address("10.0.0.1/24"), address("192.0.2.9/24")};
    run();
    EXPECT_EQ(record()->created_addresses, std::vector{address("10.0.0.1/24")});
    declared_.addresses.clear();
    run();

    EXPECT_EQ(link()->addresses, std::vector{address("192.0.2.9/24")});
    EXPECT_TRUE(record()->created_addresses.empty());
}

TEST_F(ReconcileOwn, PutsBackAnAddressThatSomebodyRemoved) {
    run();
    link()->addresses.clear();

    EXPECT_TRUE(run().ok);
    EXPECT_EQ(link()->addresses, declared_.addresses);
}

TEST_F(ReconcileOwn, SaysThatThePortIsTaken) {
    system_.rtnetlink.add("wg7", "wireguard");
    auto client = system_.open();
    ASSERT_TRUE(client.devices().set("wg7", {.listen_port = 51820}));
    ASSERT_TRUE(client.links().set_up("wg7", true));

    const auto outcome = run();

    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, "listen port is in use"));
    EXPECT_EQ(live().peers.size(), 1U) << "the rest is applied";
}

TEST_F(ReconcileOwn, SaysWhatALowPortTakes) {
    system_.kernel.set_binds_low_ports(false);
    declared_.listen_port = 443;

    const auto outcome = run();

    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, "its listen port is not everybody's to listen on"));
    EXPECT_TRUE(says(outcome, "CAP_NET_BIND_SERVICE"));
    EXPECT_EQ(live().peers.size(), 1U) << "the rest is applied";
    system_.kernel.set_binds_low_ports(true);
    EXPECT_TRUE(run().ok);
    EXPECT_TRUE(link()->up);
}

TEST_F(ReconcileOwn, ForgetsACreationThatFailed) {
    system_.kernel.set_features({.module = false});
    system_.rtnetlink.add("wg0", "bridge");
    auto client = system_.open();

    EXPECT_FALSE(reconcile(client, store_, declared_, {}, {.allow_userspace = false}));
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(ReconcileOwn, DescribesInADryRunWhatItWouldCreate) {
    const auto outcome = run({.dry_run = true});

    EXPECT_EQ(link(), nullptr);
    EXPECT_EQ(record(), std::nullopt);
    EXPECT_EQ(outcome.plan.change.peers.size(), 1U);
    EXPECT_TRUE(outcome.differs);
    EXPECT_TRUE(says(outcome, "would be created"));
    EXPECT_TRUE(says(outcome, "10.0.0.1/24 would be added"));
}

TEST_F(ReconcileOwn, TellsInADryRunWhatAForeignDeviceLacks) {
    system_.rtnetlink.add("wg0", "wireguard");

    const auto outcome = run({.dry_run = true});

    EXPECT_FALSE(outcome.ok) << "it would be left alone";
    EXPECT_TRUE(outcome.differs);
    EXPECT_EQ(outcome.plan.change.peers.size(), 1U);
    EXPECT_TRUE(says(outcome, "10.0.0.1/24 would be added"));
    EXPECT_TRUE(live().peers.empty());
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(ReconcileOwn, DiffersInADryRunWhereTheLinkAloneDoes) {
    run();
    EXPECT_FALSE(run({.dry_run = true}).differs);

    declared_.mtu = 1300;
    EXPECT_TRUE(run({.dry_run = true}).differs);
}

TEST_F(ReconcileOwn, CreatesNothingForAHeldDevice) {
    declared_.kept_as_is = true;

    EXPECT_TRUE(run().ok);
    EXPECT_EQ(link(), nullptr);
}

TEST_F(ReconcileOwn, KeepsWhatItCreatedInMindThroughOtherModes) {
    run();
    declared_.mode = Mode::sync;
    run();
    EXPECT_TRUE(record()->created_device);
    declared_.mode = Mode::own;

    EXPECT_TRUE(run().ok);
}

using Withdraw = ReconcileOwn;

TEST_F(Withdraw, DeletesTheDeviceThatWasCreated) {
    run();

    const auto outcome = retire();

    EXPECT_TRUE(outcome.ok);
    EXPECT_FALSE(outcome.link_exists);
    EXPECT_EQ(link(), nullptr);
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(Withdraw, RemovesThePeersFromADeviceOfAnotherOwner) {
    system_.rtnetlink.add("wg0", "wireguard");
    configure({.private_key = identity(6),
               .peers = {{.public_key = key(3), .action = PeerChange::Action::add}}});
    declared_.mode = Mode::sync;
    declared_.private_key.reset();
    run();

    const auto outcome = retire();

    EXPECT_TRUE(outcome.ok);
    EXPECT_TRUE(says(outcome, "networkctl delete wg0"));
    ASSERT_NE(link(), nullptr);
    EXPECT_EQ(live().private_key, identity(6));
    ASSERT_EQ(live().peers.size(), 1U);
    EXPECT_EQ(live().peers[0].public_key, key(3));
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(Withdraw, KeepsTheRecordUntilThePeersAreGone) {
    system_.rtnetlink.add("wg0", "wireguard");
    declared_.mode = Mode::sync;
    run();
    system_.kernel.fail_set(0, {EBUSY, "not now"});

    EXPECT_FALSE(retire().ok);
    EXPECT_TRUE(record());
    EXPECT_TRUE(retire().ok);
    EXPECT_TRUE(live().peers.empty());
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(Withdraw, ForgetsADeviceThatIsGone) {
    run();
    system_.rtnetlink.remove(link()->ifindex);

    EXPECT_TRUE(retire().ok);
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(Withdraw, KeepsTheRecordOfADeviceThatCouldNotBeLookedFor) {
    system_.rtnetlink.add("wg0", "tun");
    Record ours;
    ours.device = "wg0";
    ours.ifindex = link()->ifindex;
    ASSERT_TRUE(store_.save(ours));
    std::filesystem::remove(system_.sockets.path());
    std::ofstream(system_.sockets.path()) << "no folder";
    auto client = system_.open();

    const auto outcome = withdraw(client, store_, "wg0");

    ASSERT_FALSE(outcome) << "whose peers may still be live";
    EXPECT_EQ(outcome.error().errnum(), ENOTDIR);
    EXPECT_TRUE(record());
}

TEST_F(Withdraw, LeavesADeviceThatSomebodyMadeAnew) {
    run();
    const auto ifindex = link()->ifindex;
    system_.rtnetlink.remove(ifindex);
    system_.rtnetlink.add("wg0", "wireguard", ifindex);
    configure({.peers = {{.public_key = key(1), .action = PeerChange::Action::add}}});

    EXPECT_TRUE(retire().ok);
    EXPECT_EQ(live().peers.size(), 1U);
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(Withdraw, TouchesNothingThatIsOnlyObserved) {
    system_.rtnetlink.add("wg0", "wireguard");
    declared_.mode = Mode::sync;
    run();
    declared_.mode = Mode::observe;
    run();

    EXPECT_TRUE(retire().ok);
    EXPECT_EQ(live().peers.size(), 1U);
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(Withdraw, DeletesADeviceThatItDiedOverWhileCreating) {
    announce();
    system_.rtnetlink.add("wg0", "wireguard");

    EXPECT_TRUE(retire().ok);
    EXPECT_EQ(link(), nullptr);
}

TEST_F(Withdraw, OfWhatWasNeverDeclaredIsNothing) {
    system_.rtnetlink.add("wg0", "wireguard");

    EXPECT_TRUE(retire().ok);
    EXPECT_NE(link(), nullptr);
}

TEST_F(ReconcileOwn, TakesOverWhatTheSameSourceHadInSync) {
    auto client = system_.open();
    ASSERT_TRUE(client.links().create("wg0"));
    declared_.mode = Mode::sync;
    ASSERT_TRUE(run().ok);
    system_.kernel.forget_sets();

    declared_.mode = Mode::own;
    EXPECT_TRUE(run().ok);
    EXPECT_TRUE(system_.kernel.sets().empty()) << "a peer was touched";
    EXPECT_EQ(link()->addresses, declared_.addresses);
    EXPECT_FALSE(record()->created_device);

    declared_.mode = Mode::sync;
    EXPECT_TRUE(run().ok);
    EXPECT_TRUE(system_.kernel.sets().empty());
    EXPECT_EQ(link()->addresses, declared_.addresses) << "what was added stays";

    declared_.mode = Mode::own;
    run();
    retire();
    EXPECT_NE(link(), nullptr) << "a device that somebody else made was deleted";
}

TEST_F(ReconcileOwn, LeavesWhatAnotherSourceHadInSync) {
    auto client = system_.open();
    ASSERT_TRUE(client.links().create("wg0"));
    declared_.mode = Mode::sync;
    ASSERT_TRUE(reconcile(client, store_, declared_, {"command", "wg0.json"}));
    declared_.mode = Mode::own;
    const auto outcome = run();
    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, "exists already"));
}

} // namespace
} // namespace wgnl
