// SPDX-License-Identifier: LGPL-2.1-or-later
// reconcile() in mode sync, over a machine in memory: what is written, what is recorded, and when.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fake_system.hpp"
#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

class Reconcile : public ::testing::Test {
protected:
    ReconcileOutcome run(const Declaration& declared, const ReconcileOptions& options = {}) {
        auto client = system_.open(); // each time as after a restart
        auto outcome = reconcile(client, store_, declared, {"networkd", "wg0.netdev"}, options);
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome.value_or(ReconcileOutcome{});
    }
    ReconcileOutcome confirm(const Declaration& declared) {
        return run(declared, {.policy = {.confirmed = true}});
    }
    void change(const DeviceChange& by_others) {
        auto client = system_.open();
        ASSERT_TRUE(client.devices().set("wg0", by_others));
        system_.kernel.forget_sets();
    }
    Device live() { return system_.kernel.find("wg0")->device; }
    bool has(std::uint8_t number) {
        const auto peers = live().peers;
        return std::ranges::find(peers, key(number), &Peer::public_key) != peers.end();
    }
    std::size_t sets() { return system_.kernel.sets().size(); }
    std::optional<Record> record() { return store_.load("wg0").value(); }
    ino_t record_file() const {
        struct stat status{};
        return stat((directory_.path() / "wg0.json").c_str(), &status) == 0 ? status.st_ino : 0;
    }

    FakeSystem system_{};
    TemporaryDirectory directory_{};
    RecordStore store_{directory_.path()};
};

/// The link exists already: its owner made it.
class ReconcileSync : public Reconcile {
protected:
    ReconcileSync() { system_.rtnetlink.add("wg0", "wireguard"); }
};

bool says(const ReconcileOutcome& outcome, Severity severity, std::string_view words) {
    return std::ranges::any_of(outcome.problems, [&](const Problem& problem) {
        return problem.severity == severity && problem.text.contains(words);
    });
}

DeviceChange adding(std::uint8_t number, std::initializer_list<std::string_view> prefixes = {}) {
    PeerChange peer{.public_key = key(number), .action = PeerChange::Action::add};
    peer.add_allowed_ips = nets(prefixes);
    return {.peers = {peer}};
}

TEST_F(Reconcile, WaitsInModeSyncForADeviceThatIsNotThere) {
    const auto outcome = run(declaration({declared_peer(1)}));

    EXPECT_TRUE(outcome.ok);
    EXPECT_FALSE(outcome.link_exists);
    EXPECT_EQ(record(), std::nullopt);
    EXPECT_EQ(system_.rtnetlink.find("wg0"), nullptr);
}

TEST_F(ReconcileSync, AppliesAndRecords) {
    const auto outcome = run(declaration({declared_peer(1, {"10.0.0.0/24"})}));

    EXPECT_TRUE(outcome.ok);
    EXPECT_TRUE(outcome.link_exists);
    EXPECT_TRUE(has(1));
    ASSERT_TRUE(outcome.live);
    EXPECT_EQ(outcome.live->peers.size(), 1U);
    ASSERT_TRUE(record());
    EXPECT_EQ(record()->source, "networkd");
    EXPECT_EQ(record()->ifindex, system_.rtnetlink.find("wg0")->ifindex);
    EXPECT_EQ(record()->peers.size(), 1U);
    EXPECT_FALSE(record()->created_device);
}

TEST_F(ReconcileSync, WritesNothingTheSecondTime) {
    const auto declared = declaration({declared_peer(1, {"10.0.0.0/24"})});
    run(declared);
    system_.kernel.forget_sets();
    const auto file = record_file();

    const auto outcome = run(declared);

    EXPECT_TRUE(outcome.plan.empty());
    EXPECT_EQ(sets(), 0U);
    EXPECT_EQ(record_file(), file);
}

TEST_F(ReconcileSync, ChangesOnePeerOfAThousandInOneMessage) {
    auto declared = declaration();
    for (std::uint32_t number = 0; number < 1000; ++number) {
        KeyBytes bytes{1, static_cast<std::uint8_t>(number),
                       static_cast<std::uint8_t>(number / 256)};
        declared.peers.push_back({.public_key = PublicKey(bytes)});
    }
    ASSERT_TRUE(run(declared).ok);
    system_.kernel.forget_sets();
    declared.peers[500].persistent_keepalive = 25;

    ASSERT_TRUE(run(declared).ok);

    ASSERT_EQ(sets(), 1U);
    EXPECT_LT(system_.kernel.sets()[0].bytes.size(), 400U);
}

TEST_F(ReconcileSync, RemovesWhatLeftTheDeclarationWhileNobodyWatched) {
    run(declaration({declared_peer(1), declared_peer(2)}));
    change(adding(3));

    run(declaration({declared_peer(1)}));

    EXPECT_TRUE(has(1));
    EXPECT_FALSE(has(2));
    EXPECT_TRUE(has(3)); // never declared
}

TEST_F(ReconcileSync, RemovesARevokedPeerAfterADeathBetweenTheMessages) {
    run(declaration({declared_peer(1), declared_peer(2)}));
    const auto before = record().value();
    const auto declared = declaration({declared_peer(1)});
    ASSERT_TRUE(store_.save(union_of(before, record_of(declared, &before)))); // and then killed

    run(declared);

    EXPECT_FALSE(has(2));
    EXPECT_EQ(record()->peers.size(), 1U);
}

TEST_F(ReconcileSync, TellsTheKernelsWordsAndTriesAgain) {
    run(declaration({declared_peer(1), declared_peer(2)}));
    const auto declared = declaration({declared_peer(1), declared_peer(3)});
    system_.kernel.fail_set(0, {ENOMEM, "no more peers today"});

    const auto failed = run(declared);
    EXPECT_FALSE(failed.ok);
    EXPECT_TRUE(says(failed, Severity::error, "no more peers today"));
    EXPECT_TRUE(says(failed, Severity::error, key(3).to_base64()));
    EXPECT_EQ(record()->peers.size(), 3U) << "what is still to be removed stays in the record";

    const auto again = run(declared);
    EXPECT_TRUE(again.ok);
    EXPECT_FALSE(has(2));
    EXPECT_TRUE(has(3));
    EXPECT_EQ(record()->peers.size(), 2U);
}

/// As an edit of a device that is up, by somebody who may not listen there.
TEST_F(ReconcileSync, AppliesTheRestOfAnEditWhosePortIsRefused) {
    run(declaration({declared_peer(1)}));
    system_.kernel.set_up(system_.rtnetlink.find("wg0")->ifindex, true);
    system_.kernel.set_binds_low_ports(false);
    auto declared = declaration({declared_peer(1), declared_peer(2)});
    declared.private_key = identity(7);
    declared.fwmark = 9;
    declared.listen_port = 443;

    const auto outcome = confirm(declared);

    EXPECT_FALSE(outcome.ok);
    EXPECT_TRUE(says(outcome, Severity::error, "~ listen port"));
    EXPECT_TRUE(says(outcome, Severity::error, "CAP_NET_BIND_SERVICE"));
    EXPECT_FALSE(says(outcome, Severity::error, "run as root"));
    EXPECT_EQ(std::ranges::count(outcome.problems, Severity::error, &Problem::severity), 1)
        << "what was taken is no problem";
    EXPECT_NE(live().listen_port, 443);
    EXPECT_EQ(live().private_key, identity(7));
    EXPECT_EQ(live().fwmark, 9U);
    EXPECT_TRUE(has(2));

    declared.peers.push_back(declared_peer(3)); // and so is every later edit
    EXPECT_FALSE(confirm(declared).ok);
    EXPECT_TRUE(has(3));
}

TEST_F(ReconcileSync, SaysOfEachPartThatIsRefusedWhy) {
    system_.kernel.set_up(system_.rtnetlink.find("wg0")->ifindex, true);
    system_.kernel.set_binds_low_ports(false);
    system_.kernel.fail_set(2, {ENOMEM, "no more peers today"}); // the whole, the port, the peers
    auto declared = declaration({declared_peer(1)});
    declared.listen_port = 443;

    const auto outcome = confirm(declared);

    EXPECT_TRUE(std::ranges::any_of(outcome.problems, [](const Problem& problem) {
        return problem.text.contains("~ listen port") &&
               problem.text.contains("CAP_NET_BIND_SERVICE");
    }));
    EXPECT_TRUE(std::ranges::any_of(outcome.problems, [](const Problem& problem) {
        return problem.text.contains(key(1).to_base64()) &&
               problem.text.contains("no more peers today");
    }));
}

TEST_F(ReconcileSync, SendsAnEditThatNobodyRefusesInOneMessage) {
    auto declared = declaration({declared_peer(1)});
    declared.private_key = identity(7);
    declared.listen_port = 443;

    EXPECT_TRUE(confirm(declared).ok);

    EXPECT_EQ(sets(), 1U);
}

/// Whoever builds a declaration by hand has not had it checked by a parser.
TEST_F(ReconcileSync, DoesNothingForADeclarationThatIsNone) {
    auto two_peers = declaration({declared_peer(1, {"10.0.0.0/24"}), declared_peer(2)});
    two_peers.peers[1].allowed_ips = two_peers.peers[0].allowed_ips;
    auto too_long = declaration({declared_peer(1, {"10.0.0.0/24"})});
    too_long.peers[0].allowed_ips[0].prefix_length = 99;
    auto no_port = declaration({declared_peer(1)});
    no_port.peers[0].endpoint = "192.0.2.1:0";

    for (const auto& declared : {two_peers, too_long, no_port}) {
        auto client = system_.open();
        const auto outcome = reconcile(client, store_, declared, {"command", "wg0.json"});
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code(), Errc::invalid_argument);
    }

    EXPECT_EQ(sets(), 0U);
    EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(ReconcileSync, SaysWhatANewKeyDoesUntilItIsDone) {
    auto declared = declaration({declared_peer(1)});
    declared.private_key = identity(1);
    confirm(declared);
    declared.private_key = identity(2);

    EXPECT_TRUE(says(run(declared, {.policy = {.confirmed = true}, .dry_run = true}),
                     Severity::note, "ends every session"));
    EXPECT_FALSE(says(confirm(declared), Severity::note, "ends every session"));
    EXPECT_EQ(live().private_key, identity(2));
}

TEST_F(ReconcileSync, NamesTheLineOfWhatWasNotTaken) {
    system_.kernel.fail_set(0, {EPERM, ""});

    const auto outcome = run(declaration({declared_peer(5)}));

    EXPECT_TRUE(std::ranges::any_of(outcome.problems, [](const Problem& problem) {
        return problem.severity == Severity::error && to_string(problem.location) == "wg0.netdev:5";
    }));
}

TEST_F(ReconcileSync, MeetsARecreatedDeviceAsForTheFirstTime) {
    run(declaration({declared_peer(1), declared_peer(2)}));
    const auto ifindex = system_.rtnetlink.find("wg0")->ifindex;
    system_.rtnetlink.remove(ifindex);
    system_.rtnetlink.add("wg0", "wireguard", ifindex); // the same name and index
    change(adding(2));

    const auto outcome = run(declaration({declared_peer(1)}));

    EXPECT_TRUE(has(1));
    EXPECT_TRUE(has(2)) << "whoever made the device anew may have put it there";
    EXPECT_EQ(outcome.plan.drift.size(), 1U);
}

TEST_F(ReconcileSync, SurvivesARecordThatCannotBeRead) {
    std::ofstream(directory_.path() / "wg0.json") << "{\"version\": 1,";

    const auto outcome = run(declaration({declared_peer(1)}));

    EXPECT_TRUE(outcome.ok);
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(says(outcome, Severity::warning, "record"));
    EXPECT_EQ(record()->peers.size(), 1U);
}

TEST_F(ReconcileSync, WithholdsUntilSomebodyConfirmsAlsoOverRestarts) {
    change({.listen_port = 4711});
    auto declared = declaration({declared_peer(1)});
    declared.listen_port = 51820;

    for (int restart = 0; restart < 3; ++restart) {
        EXPECT_TRUE(run(declared).plan.pending_confirmation);
        EXPECT_EQ(live().listen_port, 4711);
        EXPECT_TRUE(record()->pending_confirmation);
    }
    EXPECT_TRUE(has(1));
    confirm(declared);

    EXPECT_EQ(live().listen_port, 51820);
    EXPECT_FALSE(record()->pending_confirmation);
}

TEST_F(ReconcileSync, SetsTheAddressOfAChangedNameWhenItIsKnown) {
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].endpoint = "192.0.2.1:1";
    run(declared);
    declared.peers[0].endpoint = "vpn.example.org:1";

    EXPECT_TRUE(run(declared).plan.empty());
    EXPECT_TRUE(run(declared).plan.empty());
    const Policy resolved{.resolved = {{"vpn.example.org:1", at("198.51.100.7:1")}}};
    run(declared, {.policy = resolved});

    EXPECT_EQ(live().peers[0].endpoint, at("198.51.100.7:1"));
    EXPECT_EQ(record()->peers[0].endpoint, "vpn.example.org:1");
}

TEST_F(ReconcileSync, RestoresTheEndpointThatTheOwnersResetLost) {
    auto declared = declaration({declared_peer(1)});
    run(declared);
    Policy policy;
    policy.remembered = {{key(1), {at("203.0.113.9:4242"), true}}};

    const auto outcome = run(declared, {.policy = policy});

    EXPECT_TRUE(outcome.ok);
    EXPECT_EQ(live().peers[0].endpoint, at("203.0.113.9:4242"));
    EXPECT_EQ(live().peers[0].persistent_keepalive, 0);
}

TEST_F(ReconcileSync, LeavesAddressesAndTheLinkToTheirOwner) {
    auto declared = declaration({declared_peer(1)});
    declared.mtu = 1280;
    declared.addresses = {InterfaceAddress::parse("10.0.0.1/24").value()};

    run(declared);

    EXPECT_TRUE(system_.rtnetlink.find("wg0")->addresses.empty());
    EXPECT_FALSE(system_.rtnetlink.find("wg0")->up);
    EXPECT_EQ(system_.rtnetlink.find("wg0")->mtu, 1420U);
}

TEST_F(ReconcileSync, HoldsADeviceWhosePrivateKeyCannotBeRead) {
    run(declaration({declared_peer(1)}));
    const auto before = record();
    auto declared = declaration({declared_peer(2)});
    declared.kept_as_is = true;

    const auto outcome = run(declared);

    EXPECT_TRUE(outcome.ok);
    EXPECT_FALSE(outcome.problems.empty());
    EXPECT_TRUE(has(1));
    EXPECT_FALSE(has(2));
    EXPECT_EQ(record(), before);
}

TEST_F(ReconcileSync, WritesNothingInADryRun) {
    const auto outcome = run(declaration({declared_peer(1)}), {.dry_run = true});

    EXPECT_FALSE(outcome.plan.empty());
    EXPECT_EQ(sets(), 0U);
    EXPECT_TRUE(std::filesystem::is_empty(directory_.path())) << "neither record nor lock";
}

TEST_F(ReconcileSync, ObservesWithoutWriting) {
    auto declared = declaration({declared_peer(1)});
    declared.mode = Mode::observe;

    const auto outcome = run(declared);

    EXPECT_EQ(sets(), 0U);
    EXPECT_EQ(outcome.plan.drift.size(), 1U);
    EXPECT_EQ(record(), std::nullopt);
}

TEST_F(ReconcileSync, FailsWithoutPrivilegeAndSaysSo) {
    system_.kernel.set_privileged(false);
    auto client = system_.open();

    const auto outcome = reconcile(client, store_, declaration(), {});

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Errc::permission_denied);
}

} // namespace
} // namespace wgnl
