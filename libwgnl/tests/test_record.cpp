// SPDX-License-Identifier: LGPL-2.1-or-later
// What the record says after a declaration was applied, and while it is being applied.
#include <wgnl/record.hpp>

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "generators.hpp"
#include "plan_values.hpp"
#include "reconcile/record.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

const RecordedPeer* find(const Record& record, const PublicKey& key) {
    const auto found = std::ranges::find(record.peers, key, &RecordedPeer::public_key);
    return found == record.peers.end() ? nullptr : &*found;
}

TEST(RecordOf, SaysWhichFieldsWereDeclared) {
    auto declared = declaration({declared_peer(1, {"10.0.0.0/24"}), declared_peer(2)});
    declared.fwmark = 0x51;
    declared.peers[0].preshared_key = secret(9);
    declared.peers[0].endpoint = "vpn.example.org:51820";

    const auto record = record_of(declared, nullptr);

    EXPECT_EQ(record.device, "wg0");
    EXPECT_TRUE(record.fwmark);
    EXPECT_FALSE(record.private_key);
    ASSERT_EQ(record.peers.size(), 2U);
    EXPECT_EQ(record.peers[0],
              (RecordedPeer{key(1), true, false, "vpn.example.org:51820", nets({"10.0.0.0/24"})}));
    EXPECT_EQ(record.peers[1], (RecordedPeer{.public_key = key(2)}));
}

TEST(RecordOf, KeepsWhatTheDeclarationDoesNotSay) {
    Record before;
    before.ifindex = 7;
    before.link_generation = 99;
    before.source = "networkd";
    before.created_device = true;
    before.created_addresses = {InterfaceAddress::parse("10.0.0.1/24").value()};

    const auto record = record_of(declaration(), &before);

    EXPECT_EQ(record.ifindex, 7U);
    EXPECT_EQ(record.link_generation, 99U);
    EXPECT_EQ(record.source, "networkd");
    EXPECT_TRUE(record.created_device);
    EXPECT_EQ(record.created_addresses, before.created_addresses);
}

TEST(RecordOf, KeepsHeldPeersAsTheyWere) {
    const auto before =
        record_of(declaration({declared_peer(1, {"10.0.0.0/24"}), declared_peer(3)}), nullptr);

    const auto record = record_of(declaration({held_peer(1), held_peer(2)}), &before);

    EXPECT_EQ(record.peers, std::vector{before.peers[0]});
}

TEST(RecordOf, KeepsWhoWasKeptSoThatTheyGoOnceTheDeclarationIsWhole) {
    const auto before = record_of(declaration({declared_peer(1), declared_peer(3)}), nullptr);
    auto declared = declaration({declared_peer(3), declared_peer(2)});
    declared.keeps_peers = true;

    const auto record = record_of(declared, &before);

    ASSERT_EQ(record.peers.size(), 3U);
    EXPECT_EQ(record.peers.back(), before.peers[0]);
    declared.keeps_peers = false;
    EXPECT_EQ(record_of(declared, &record).peers.size(), 2U);
}

TEST(RecordOf, OfAHeldDeviceIsTheOneBefore) {
    const auto before = record_of(declaration({declared_peer(1)}), nullptr);
    auto declared = declaration({declared_peer(2)});
    declared.kept_as_is = true;

    EXPECT_EQ(record_of(declared, &before), before);
}

TEST(UnionOf, KeepsTheOldEndpointSoThatTheChangeIsStillSeen) {
    auto declared = declaration({declared_peer(1)});
    declared.peers[0].endpoint = "192.0.2.1:1";
    const auto before = record_of(declared, nullptr);
    declared.peers[0].endpoint = "192.0.2.2:2";

    EXPECT_EQ(union_of(before, record_of(declared, &before)).peers[0].endpoint, "192.0.2.1:1");
}

bool holds(const Record& whole, const Record& part) {
    return std::ranges::all_of(part.peers, [&](const RecordedPeer& peer) {
        const auto* found = find(whole, peer.public_key);
        return found != nullptr && (found->preshared_key || !peer.preshared_key) &&
               (found->persistent_keepalive || !peer.persistent_keepalive) &&
               std::ranges::all_of(peer.allowed_ips, [&](const AllowedIp& prefix) {
                   return std::ranges::count(found->allowed_ips, prefix) == 1;
               });
    });
}

RC_GTEST_PROP(UnionOfProperty, HoldsBothSides, ()) {
    const auto before = record_of(*alike_declarations(), nullptr);
    const auto after = record_of(*alike_declarations(), nullptr);
    const auto both = union_of(before, after);
    RC_ASSERT(holds(both, before));
    RC_ASSERT(holds(both, after));
    RC_ASSERT(both.private_key == (before.private_key || after.private_key));
    RC_ASSERT(both.fwmark == (before.fwmark || after.fwmark));
}

RC_GTEST_PROP(UnionOfProperty, OfARecordWithItselfIsTheSame, ()) {
    const auto record = record_of(*alike_declarations(), nullptr);
    RC_ASSERT(bool(union_of(record, record) == record));
}

TEST(Settled, KeepsWhatIsStillToBeDone) {
    const auto before = record_of(
        declaration({declared_peer(1, {"10.0.0.0/24"}), declared_peer(2), declared_peer(3)}),
        nullptr);
    const auto after = record_of(declaration({declared_peer(1)}), &before);
    DeviceChange still;
    still.peers = {{.public_key = key(1)}, {.public_key = key(2)}};

    const auto record = settled(union_of(before, after), after, still);

    ASSERT_EQ(record.peers.size(), 2U);
    EXPECT_EQ(record.peers[0].allowed_ips, nets({"10.0.0.0/24"}));
    EXPECT_EQ(record.peers[1].public_key, key(2));
}

TEST(PendingEndpoint, OfALivePeerWaitsForTheNamesAddress) {
    auto declared = declaration({declared_peer(1), declared_peer(2)});
    declared.peers[0].endpoint = declared.peers[1].endpoint = "192.0.2.1:1";
    const auto last = record_of(declared, nullptr);
    declared.peers[0].endpoint = declared.peers[1].endpoint = "vpn.example.org:1";
    auto live = device({live_peer(1), live_peer(2)});
    live.peers[0].endpoint = at("192.0.2.1:1");
    auto record = record_of(declared, &last);

    keep_pending_endpoints(record, last, live, {});

    EXPECT_EQ(record.peers[0].endpoint, "192.0.2.1:1");
    EXPECT_EQ(record.peers[1].endpoint, "vpn.example.org:1"); // takes any address at any time
}

} // namespace
} // namespace wgnl
