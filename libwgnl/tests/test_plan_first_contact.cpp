// SPDX-License-Identifier: LGPL-2.1-or-later
// plan() without a record: heals are applied, what might be somebody's intention waits.
#include <wgnl/plan.hpp>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;
using Action = PeerChange::Action;

constexpr auto confirmed = [] { return Policy{.confirmed = true}; };

/// What waits to be confirmed is drift now, and a step as soon as somebody confirms.
void expect_withheld(const Declaration& declared, const Device& live, std::string_view what) {
    const auto cautious = plan(declared, nullptr, live);
    EXPECT_TRUE(cautious.empty()) << to_text(cautious);
    EXPECT_TRUE(cautious.pending_confirmation);
    ASSERT_EQ(cautious.drift.size(), 1U);
    EXPECT_NE(cautious.drift[0].what.find(what), std::string::npos) << cautious.drift[0].what;
    EXPECT_FALSE(plan(declared, nullptr, live, confirmed()).empty());
}

TEST(FirstContact, HealsADeviceWithoutKeyAndPort) {
    auto declared = declaration();
    declared.private_key = identity(5);
    declared.listen_port = 51820;
    declared.fwmark = 0x51;

    const auto result = plan(declared, nullptr, device());

    EXPECT_TRUE(result.change.private_key.sets());
    EXPECT_EQ(result.change.listen_port, 51820);
    EXPECT_EQ(result.change.fwmark, 0x51U);
    EXPECT_FALSE(result.pending_confirmation);
}

TEST(FirstContact, HealsALostPresharedKeyAndUnownedPrefixes) {
    auto declared = declaration({declared_peer(1, {"10.0.0.1/32"})});
    declared.peers[0].preshared_key = secret(9);

    const auto result = plan(declared, nullptr, device({live_peer(1)}));

    ASSERT_EQ(result.change.peers.size(), 1U);
    EXPECT_TRUE(result.change.peers[0].preshared_key.sets());
    EXPECT_EQ(result.change.peers[0].add_allowed_ips, nets({"10.0.0.1/32"}));
}

TEST(FirstContact, WithholdsAnotherPrivateKey) {
    auto declared = declaration();
    declared.private_key = identity(5);
    auto live = device();
    live.private_key = identity(6);

    expect_withheld(declared, live, "private key");
}

TEST(FirstContact, WithholdsAnotherPort) {
    auto declared = declaration();
    declared.listen_port = 51820;
    auto live = device();
    live.listen_port = 4711;

    expect_withheld(declared, live, "listen port");
}

TEST(FirstContact, WithholdsAnotherPresharedKeyAndNeverShowsIt) {
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].preshared_key = secret(9);
    auto live = device({live_peer(1)});
    live.peers[0].preshared_key = secret(8);

    expect_withheld(declared, live, "preshared key of");
    const auto drift = plan(declared, nullptr, live).drift.at(0);
    EXPECT_EQ(drift.declared, "(hidden)");
    EXPECT_EQ(drift.live, "(hidden)");
}

TEST(FirstContact, WithholdsTheRemovalOfAPrefix) {
    expect_withheld(declaration({declared_peer(1)}), device({live_peer(1, {"10.0.0.0/24"})}),
                    "allowed IPs of");
}

TEST(FirstContact, WithholdsMovesAwayFromForeignPeers) {
    const auto declared = declaration({declared_peer(1, {"10.0.0.0/24", "10.0.1.0/24"})});
    const auto live = device({live_peer(3, {"10.0.0.0/24"})});

    const auto cautious = plan(declared, nullptr, live);
    const auto bold = plan(declared, nullptr, live, confirmed());

    ASSERT_EQ(cautious.change.peers.size(), 1U);
    EXPECT_EQ(cautious.change.peers[0].add_allowed_ips, nets({"10.0.1.0/24"}));
    EXPECT_TRUE(cautious.pending_confirmation);
    ASSERT_EQ(bold.change.peers.size(), 1U);
    EXPECT_EQ(bold.change.peers[0].add_allowed_ips, nets({"10.0.0.0/24", "10.0.1.0/24"}));
}

TEST(FirstContact, WithholdsForeignPeersUnderStrict) {
    auto declared = declaration();
    declared.strict = true;

    expect_withheld(declared, device({live_peer(3)}), "peer");
}

TEST(FirstContact, KeepsForeignPeersWithoutStrictAlsoWhenConfirmed) {
    const auto live = device({live_peer(3)});

    EXPECT_TRUE(plan(declaration(), nullptr, live, confirmed()).empty());
    EXPECT_FALSE(plan(declaration(), nullptr, live).pending_confirmation);
}

TEST(FirstContact, LastsAsLongAsTheRecordSaysThatSomethingWaits) {
    auto declared = declaration({declared_peer(1)});
    declared.listen_port = 51820;
    auto live = device({live_peer(1, {"10.0.0.0/24"})});
    live.listen_port = 4711;
    auto record = record_of(declared, nullptr);
    record.pending_confirmation = true;

    EXPECT_TRUE(plan(declared, &record, live).empty());
    EXPECT_FALSE(plan(declared, &record, live, confirmed()).empty());
    record.pending_confirmation = false;
    EXPECT_FALSE(plan(declared, &record, live).empty());
}

TEST(FirstContact, DoesNotDoubtWhatTheRecordKnows) {
    auto before = declaration({declared_peer(1, {"10.0.0.0/24", "10.0.1.0/24"}), declared_peer(2)});
    auto record = record_of(before, nullptr);
    record.pending_confirmation = true;
    const auto live =
        device({live_peer(1, {"10.0.0.0/24", "10.0.1.0/24", "10.9.0.0/24"}), live_peer(2)});

    const auto result = plan(declaration({declared_peer(1, {"10.0.0.0/24"})}), &record, live);

    ASSERT_EQ(result.change.peers.size(), 2U);
    EXPECT_EQ(result.change.peers[0].action, Action::remove);
    EXPECT_EQ(result.change.peers[0].public_key, key(2));
    EXPECT_EQ(result.change.peers[1].remove_allowed_ips, nets({"10.0.1.0/24"}));
    EXPECT_TRUE(result.pending_confirmation);
}

} // namespace
} // namespace wgnl
