// SPDX-License-Identifier: LGPL-2.1-or-later
// plan(): each rule of the merge by an example.
#include <wgnl/plan.hpp>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;
using Action = PeerChange::Action;

bool drifts(const Plan& plan, std::string_view what) {
    return std::ranges::any_of(plan.drift,
                               [&](const Drift& drift) { return drift.what.contains(what); });
}

TEST(Plan, IsEmptyWhereEverythingMatches) {
    auto declared = declaration({declared_peer(1, {"10.0.0.1/32", "10.0.0.2/32"})});
    declared.peers[0].preshared_key = secret(9);
    declared.peers[0].persistent_keepalive = 25;
    auto live = device({live_peer(1, {"10.0.0.2/32", "10.0.0.1/32"})});
    live.peers[0].preshared_key = secret(9);
    live.peers[0].persistent_keepalive = 25;

    EXPECT_TRUE(plan_after(declared, declared, live).empty());
    EXPECT_TRUE(plan(declared, nullptr, live).empty());
}

TEST(Plan, AddsAMissingPeerWithAllItsFields) {
    auto declared = declaration({declared_peer(1, {"10.0.0.1/32"})});
    declared.peers[0].preshared_key = secret(9);
    declared.peers[0].endpoint = "192.0.2.1:51820";
    declared.peers[0].persistent_keepalive = 25;

    const auto result = plan(declared, nullptr, device());

    ASSERT_EQ(result.change.peers.size(), 1U);
    const auto& step = result.change.peers[0];
    EXPECT_EQ(step.action, Action::add);
    EXPECT_EQ(step.preshared_key, Edit<PresharedKey>(secret(9)));
    EXPECT_EQ(step.endpoint, at("192.0.2.1:51820"));
    EXPECT_EQ(step.persistent_keepalive, 25);
    EXPECT_EQ(step.add_allowed_ips, nets({"10.0.0.1/32"}));
    EXPECT_FALSE(step.trigger_handshake);
}

TEST(Plan, ChangesOnlyTheFieldThatDiffers) {
    auto declared = declaration({declared_peer(1, {"10.0.0.1/32"}), declared_peer(2)});
    declared.peers[0].persistent_keepalive = 25;

    const auto result =
        plan(declared, nullptr, device({live_peer(1, {"10.0.0.1/32"}), live_peer(2)}));

    PeerChange expected{.public_key = key(1)};
    expected.persistent_keepalive = 25;
    EXPECT_EQ(result.change.peers, std::vector{expected});
}

TEST(Plan, RemovesWhatWasDeclaredLastTimeAndKeepsWhatNeverWas) {
    const auto before = declaration({declared_peer(1), declared_peer(2)});
    const auto live = device({live_peer(1), live_peer(2), live_peer(3)});

    const auto result = plan_after(before, declaration({declared_peer(1)}), live);

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_EQ(result.change.peers[0].action, Action::remove);
    EXPECT_EQ(result.change.peers[0].public_key, key(2));
    EXPECT_EQ(result.drift.size(), 1U);
    EXPECT_TRUE(drifts(result, "peer " + key(3).to_base64()));
    EXPECT_FALSE(result.pending_confirmation);
}

TEST(Plan, RemovesForeignPeersOnlyIfStrict) {
    auto declared = declaration({declared_peer(1)});
    declared.strict = true;

    const auto result = plan_after(declared, declared, device({live_peer(1), live_peer(3)}));

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_EQ(result.change.peers[0].public_key, key(3));
    EXPECT_EQ(result.change.peers[0].action, Action::remove);
}

TEST(Plan, ReturnsFieldsNoLongerDeclaredToTheKernelsDefault) {
    auto before = declaration({declared_peer(1)});
    before.fwmark = 0x51;
    before.listen_port = 51820;
    before.peers[0].preshared_key = secret(9);
    before.peers[0].persistent_keepalive = 25;
    before.peers[0].endpoint = "192.0.2.1:51820";
    auto live = device({live_peer(1)});
    live.fwmark = 0x51;
    live.listen_port = 51820;
    live.peers[0].preshared_key = secret(9);
    live.peers[0].persistent_keepalive = 25;
    live.peers[0].endpoint = at("192.0.2.1:51820");

    const auto result = plan_after(before, declaration({declared_peer(1)}), live);

    EXPECT_EQ(result.change.fwmark, 0U);
    EXPECT_FALSE(result.change.listen_port);
    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_TRUE(result.change.peers[0].preshared_key.clears());
    EXPECT_EQ(result.change.peers[0].persistent_keepalive, 0);
    EXPECT_FALSE(result.change.peers[0].endpoint);
}

TEST(Plan, NeverTouchesFieldsThatNobodyDeclared) {
    const auto declared = declaration({declared_peer(1)});
    auto live = device({live_peer(1)});
    live.private_key = identity(5);
    live.listen_port = 4711;
    live.fwmark = 0x51;
    live.peers[0].preshared_key = secret(9);
    live.peers[0].persistent_keepalive = 25;
    live.peers[0].endpoint = at("192.0.2.1:51820");

    EXPECT_TRUE(plan_after(declared, declared, live).empty());
}

TEST(Plan, LeavesAPresharedKeyToWhoeverRotatesItFromNowOn) {
    auto before = declaration({declared_peer(1)});
    before.peers[0].preshared_key = secret(9);
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].external_preshared_key = true;
    auto live = device({live_peer(1)});
    live.peers[0].preshared_key = secret(8);

    EXPECT_TRUE(plan_after(before, declared, live).empty());
}

TEST(Plan, ComparesPrivateKeysAsTheKernelKeepsThem) {
    auto declared = declaration();
    declared.private_key = PrivateKey(bytes_of(0xff));
    auto live = device();
    live.private_key = identity(0xff);

    EXPECT_TRUE(plan_after(declared, declared, live).empty());
}

TEST(Plan, SaysThatANewPrivateKeyComputesEveryPeerAgain) {
    auto declared = declaration({declared_peer(1), declared_peer(2)});
    declared.private_key = identity(6);
    auto live = device({live_peer(1), live_peer(2)});
    live.private_key = identity(5);

    const auto result = plan_after(declared, declared, live);

    EXPECT_TRUE(result.change.private_key.sets());
    EXPECT_TRUE(result.recomputes_peers);
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_EQ(result.problems[0].severity, Severity::note);
    EXPECT_NE(result.problems[0].text.find("2 peers"), std::string::npos);
}

TEST(Plan, NeverSetsPortZero) {
    auto declared = declaration();
    declared.listen_port = 0;
    auto live = device();
    live.listen_port = 4711;

    EXPECT_TRUE(plan_after(declared, declared, live).empty());
}

TEST(Plan, RefusesAPeerThatIsTheDeviceItself) {
    auto live = device();
    live.private_key = identity(5);
    live.public_key = public_key_of(identity(5));
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].public_key = *live.public_key;

    const auto result = plan(declared, nullptr, live);

    EXPECT_TRUE(result.empty());
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_EQ(result.problems[0].severity, Severity::error);
    EXPECT_EQ(to_string(result.problems[0].location), "wg0.netdev:1");
    EXPECT_EQ(result.problems[0].peer, declared.peers[0].public_key);
}

TEST(Plan, KnowsTheDeviceByTheKeyThatItIsAboutToGet) {
    auto declared = declaration({declared_peer(1)});
    declared.private_key = identity(5);
    declared.peers[0].public_key = public_key_of(identity(5));

    const auto result = plan(declared, nullptr, device());

    EXPECT_TRUE(result.change.private_key.sets());
    EXPECT_TRUE(result.change.peers.empty());
}

TEST(PlanOrder, RevokesFirstThenAddsThenTakesPrefixesThenRemovesWhoseMoved) {
    const auto before =
        declaration({declared_peer(1), declared_peer(2), declared_peer(3), declared_peer(4)});
    const auto live = device({live_peer(1, {"10.0.1.0/24", "10.9.0.0/24"}),
                              live_peer(2, {"10.0.2.0/24"}), live_peer(3, {"10.0.3.0/24"})});
    const auto declared =
        declaration({declared_peer(1, {"10.0.1.0/24"}), declared_peer(5, {"10.0.2.0/24"})});

    const auto steps = plan_after(before, declared, live).change.peers;

    ASSERT_EQ(steps.size(), 4U);
    EXPECT_EQ(steps[0].action, Action::remove); // nobody takes 10.0.3.0/24 over
    EXPECT_EQ(steps[0].public_key, key(3));
    EXPECT_EQ(steps[1].action, Action::add);
    EXPECT_EQ(steps[1].public_key, key(5));
    EXPECT_EQ(steps[2].action, Action::update);
    EXPECT_EQ(steps[2].remove_allowed_ips, nets({"10.9.0.0/24"}));
    EXPECT_EQ(steps[3].action, Action::remove); // 10.0.2.0/24 has moved by now
    EXPECT_EQ(steps[3].public_key, key(2));
}

TEST(PlanOrder, MovesAPrefixBetweenDeclaredPeersInOneStep) {
    const auto declared = declaration({declared_peer(1), declared_peer(2, {"10.0.0.0/24"})});
    const auto live = device({live_peer(1, {"10.0.0.0/24"}), live_peer(2)});

    for (const auto& result :
         {plan(declared, nullptr, live), plan_after(declared, declared, live)}) {
        ASSERT_EQ(result.change.peers.size(), 1U);
        EXPECT_EQ(result.change.peers[0].public_key, key(2));
        EXPECT_EQ(result.change.peers[0].add_allowed_ips, nets({"10.0.0.0/24"}));
    }
}

TEST(PlanHeld, PeersAreNeitherAddedNorChangedNorRemoved) {
    const auto before = declaration({declared_peer(1, {"10.0.0.0/24"})});
    const auto declared = declaration({held_peer(1), held_peer(2)});
    const auto live = device({live_peer(1, {"10.0.0.0/24"})});

    EXPECT_TRUE(plan_after(before, declared, live).empty());
    EXPECT_TRUE(plan_after(before, declared, live).drift.empty());
}

TEST(PlanHeld, PeersKeepTheirPrefixesAndBothLinesAreNamed) {
    const auto declared = declaration({held_peer(1), declared_peer(2, {"10.0.0.0/24"})});
    const auto live = device({live_peer(1, {"10.0.0.0/24"}), live_peer(2)});

    const auto result = plan_after(declared, declared, live, {.confirmed = true});

    EXPECT_TRUE(result.empty());
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_EQ(result.problems[0].severity, Severity::warning);
    EXPECT_EQ(to_string(result.problems[0].location), "wg0.netdev:2");
    EXPECT_NE(result.problems[0].text.find("wg0.netdev:1"), std::string::npos);
}

TEST(PlanKeeps, WhomNobodyNamesWhileASectionNamesNobody) {
    const auto before = declaration({declared_peer(1, {"10.0.0.0/24"}), declared_peer(2)});
    auto declared = declaration({declared_peer(2, {"10.0.2.0/24"}), declared_peer(3)});
    declared.keeps_peers = declared.strict = true;
    const auto live = device({live_peer(1, {"10.0.0.0/24"}), live_peer(2), live_peer(4)});

    const auto result = plan_after(before, declared, live, {.confirmed = true});

    ASSERT_EQ(result.change.peers.size(), 2U) << "the other edits are made";
    EXPECT_EQ(result.change.peers[0].add_allowed_ips, nets({"10.0.2.0/24"}));
    EXPECT_EQ(result.change.peers[1].action, Action::add);
    EXPECT_TRUE(drifts(result, live.peers[0].public_key.to_base64()));
    EXPECT_TRUE(drifts(result, live.peers[2].public_key.to_base64()));
}

TEST(PlanKeeps, TheirPrefixes) {
    const auto before = declaration({declared_peer(1, {"10.0.0.0/24"}), declared_peer(2)});
    auto declared = declaration({declared_peer(2, {"10.0.0.0/24"})});
    declared.keeps_peers = true;
    const auto live = device({live_peer(1, {"10.0.0.0/24"}), live_peer(2)});

    const auto result = plan_after(before, declared, live, {.confirmed = true});

    EXPECT_TRUE(result.empty());
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_EQ(to_string(result.problems[0].location), "wg0.netdev:2");
    EXPECT_TRUE(result.problems[0].text.contains(live.peers[0].public_key.to_base64()));
}

TEST(PlanHeld, DeviceIsLeftAsItIs) {
    auto declared = declaration({declared_peer(2)});
    declared.kept_as_is = true;
    declared.listen_port = 51820;
    declared.strict = true;

    const auto result = plan(declared, nullptr, device({live_peer(1)}), {.confirmed = true});

    EXPECT_TRUE(result.empty());
    EXPECT_FALSE(result.problems.empty());
}

TEST(PlanObserve, ShowsEveryDifferenceAndDoesNothing) {
    auto declared = declaration({declared_peer(1), declared_peer(2, {"10.0.0.2/32"})});
    declared.mode = Mode::observe;
    declared.listen_port = 51820;
    declared.private_key = identity(6);
    declared.peers[0].preshared_key = secret(9);
    auto live = device({live_peer(1), live_peer(3)});
    live.private_key = identity(5);
    live.listen_port = 4711;

    const auto result = plan(declared, nullptr, live);

    EXPECT_TRUE(result.empty());
    EXPECT_FALSE(result.pending_confirmation);
    for (const auto* what : {"private key", "listen port", "preshared key of "})
        EXPECT_TRUE(drifts(result, what)) << what;
    EXPECT_TRUE(drifts(result, "peer " + key(2).to_base64()));
    EXPECT_TRUE(drifts(result, "peer " + key(3).to_base64()));
}

TEST(PlanDrift, StopsAtAHundredEntriesAndCountsTheRest) {
    auto live = device();
    for (int number = 1; number <= 150; ++number)
        live.peers.push_back(live_peer(static_cast<std::uint8_t>(number)));

    const auto result = plan(declaration(), nullptr, live);

    ASSERT_EQ(result.drift.size(), 100U);
    EXPECT_EQ(result.drift.back().what, "and 51 more");
}

TEST(PlanWithdrawal, RemovesTheRecordedPeersAndSaysHowToRemoveTheRest) {
    auto record = record_of(declaration({declared_peer(1), declared_peer(2)}), nullptr);
    record.source = "networkd";

    const auto result = plan_withdrawal(record, device({live_peer(3), live_peer(2)}));

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_EQ(result.change.peers[0].action, Action::remove);
    EXPECT_EQ(result.change.peers[0].public_key, key(2));
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_NE(result.problems[0].text.find("networkctl delete wg0"), std::string::npos);
}

} // namespace
} // namespace wgnl
