// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract of Client: peers and their allowed IPs.
#include <string>

#include "contract/contract_test.hpp"

namespace wgnl::tests {
namespace {

class PeerContract : public ContractTest {
protected:
    void add(unsigned number, std::vector<AllowedIp> ips = {}) {
        set({.public_key = key(number), .action = Action::add, .add_allowed_ips = std::move(ips)});
    }
    void add_many(unsigned count) {
        DeviceChange change;
        for (unsigned i = 0; i < count; ++i)
            change.peers.push_back(
                {.public_key = key(i), .action = Action::add, .add_allowed_ips = {prefix(i)}});
        set(change);
    }
};

TEST_F(PeerContract, ANewPeerHasWhatItWasGiven) {
    const PresharedKey secret = PresharedKey::generate();
    const auto endpoint = Endpoint::parse("192.0.2.1:51820").value();
    set({.public_key = key(1),
         .action = Action::add,
         .preshared_key = secret,
         .endpoint = endpoint,
         .persistent_keepalive = 25,
         .add_allowed_ips = {prefix("10.1.0.0/16"), prefix("fd00::/64"), prefix("0.0.0.0/0"),
                             prefix("::1/128")}});

    const Peer found = peer(1);
    EXPECT_EQ(found.preshared_key, secret);
    EXPECT_EQ(found.endpoint, endpoint);
    EXPECT_EQ(found.persistent_keepalive, 25);
    EXPECT_EQ(found.last_handshake.count(), 0);
    EXPECT_EQ(found.rx_bytes, 0U);
    EXPECT_EQ(allowed_ips(1), (Prefixes{prefix("10.1.0.0/16"), prefix("fd00::/64"),
                                        prefix("0.0.0.0/0"), prefix("::1/128")}));
}

TEST_F(PeerContract, ABarePeerHasNothing) {
    add(1);

    EXPECT_EQ(peer(1), Peer{.public_key = key(1)});
}

TEST_F(PeerContract, AChangedFieldLeavesTheOthersAlone) {
    const PresharedKey secret = PresharedKey::generate();
    const auto endpoint = Endpoint::parse("192.0.2.1:51820").value();
    set({.public_key = key(1),
         .action = Action::add,
         .preshared_key = secret,
         .endpoint = endpoint,
         .persistent_keepalive = 25,
         .add_allowed_ips = prefixes(2)});
    const Peer before = peer(1);

    set({.public_key = key(1), .persistent_keepalive = 30});
    Peer wanted = before;
    wanted.persistent_keepalive = 30;
    EXPECT_EQ(peer(1), wanted);

    wanted.endpoint = Endpoint::parse("[2001:db8::7]:7").value();
    set({.public_key = key(1), .endpoint = wanted.endpoint});
    EXPECT_EQ(peer(1), wanted);

    wanted.preshared_key.reset();
    set({.public_key = key(1), .preshared_key = Edit<PresharedKey>::cleared()});
    EXPECT_EQ(peer(1), wanted);
}

TEST_F(PeerContract, AKeepaliveCanBeSwitchedOff) {
    set({.public_key = key(1), .action = Action::add, .persistent_keepalive = 65535});
    EXPECT_EQ(peer(1).persistent_keepalive, 65535);

    set({.public_key = key(1), .persistent_keepalive = 0});
    EXPECT_EQ(peer(1).persistent_keepalive, 0);
}

TEST_F(PeerContract, EndpointsOfBothFamiliesAndWithAScope) {
    auto loopback = Endpoint::parse("[fe80::1%lo]:51820").value();
    ASSERT_NE(loopback.scope_id, 0U);
    set({.peers = {{.public_key = key(1),
                    .action = Action::add,
                    .endpoint = Endpoint::parse("198.51.100.9:1").value()},
                   {.public_key = key(2),
                    .action = Action::add,
                    .endpoint = Endpoint::parse("[2001:db8::1]:65535").value()},
                   {.public_key = key(3), .action = Action::add, .endpoint = loopback}}});

    EXPECT_EQ(peer(1).endpoint->to_string(), "198.51.100.9:1");
    EXPECT_EQ(peer(2).endpoint->to_string(), "[2001:db8::1]:65535");
    if (backend() == Backend::userspace) // wireguard-go of 2022 drops the scope
        loopback.scope_id = peer(3).endpoint->scope_id;
    EXPECT_EQ(peer(3).endpoint, loopback);
}

TEST_F(PeerContract, ARemovedPeerIsGoneAndNoOther) {
    add_many(3);
    set({.public_key = key(1), .action = Action::remove});

    const Device device = get();
    ASSERT_EQ(device.peers.size(), 2U);
    EXPECT_EQ(allowed_ips(0), Prefixes{prefix(0U)});
    EXPECT_EQ(allowed_ips(2), Prefixes{prefix(2U)});
}

TEST_F(PeerContract, UpdateAndRemovalOfAnUnknownPeerAreNothing) {
    add(1, prefixes(1));
    set({.peers = {{.public_key = key(7),
                    .preshared_key = PresharedKey::generate(),
                    .persistent_keepalive = 25,
                    .add_allowed_ips = prefixes(2)},
                   {.public_key = key(8), .action = Action::remove}}});

    EXPECT_EQ(get().peers.size(), 1U);
    EXPECT_EQ(allowed_ips(1), Prefixes{prefix(0U)});
}

TEST_F(PeerContract, ThePeerWithTheDevicesOwnKeyIsNothing) {
    const PrivateKey secret = PrivateKey::generate();
    set({.private_key = secret,
         .peers = {{.public_key = public_key_of(secret),
                    .action = Action::add,
                    .add_allowed_ips = prefixes(1)},
                   {.public_key = key(1), .action = Action::add}}});

    EXPECT_EQ(get().peers.size(), 1U);
}

TEST_F(PeerContract, APeerWhoseKeyTheDeviceTakesIsRemoved) {
    const PrivateKey secret = PrivateKey::generate();
    set({.peers = {{.public_key = public_key_of(secret),
                    .action = Action::add,
                    .add_allowed_ips = prefixes(1)},
                   {.public_key = key(1), .action = Action::add}}});
    set({.private_key = secret});

    ASSERT_EQ(get().peers.size(), 1U);
    EXPECT_EQ(peer(1), Peer{.public_key = key(1)});
}

TEST_F(PeerContract, APeerRemovedAndAddedInOneChangeIsANewOne) {
    set({.public_key = key(1),
         .action = Action::add,
         .preshared_key = PresharedKey::generate(),
         .endpoint = Endpoint::parse("192.0.2.1:51820").value(),
         .persistent_keepalive = 25,
         .add_allowed_ips = prefixes(3)});
    set({.peers = {{.public_key = key(1), .action = Action::remove},
                   {.public_key = key(1), .action = Action::add, .add_allowed_ips = prefixes(1)}}});

    EXPECT_EQ(peer(1), (Peer{.public_key = key(1), .allowed_ips = prefixes(1)}));
}

TEST_F(PeerContract, APeerAddedAndUpdatedInOneChange) {
    set({.peers = {
             {.public_key = key(1), .action = Action::add},
             {.public_key = key(1), .persistent_keepalive = 9, .add_allowed_ips = prefixes(1)},
             {.public_key = key(2), .action = Action::add},
             {.public_key = key(2), .action = Action::remove}}});

    EXPECT_EQ(get().peers.size(), 1U);
    EXPECT_EQ(peer(1).persistent_keepalive, 9);
    EXPECT_EQ(allowed_ips(1), Prefixes{prefix(0U)});
}

TEST_F(PeerContract, ANudgeLeavesTheIntervalAsItIs) {
    set({.public_key = key(1), .action = Action::add, .persistent_keepalive = 25});
    ASSERT_TRUE(client().links().set_up("wgc0", true));

    set({.public_key = key(1),
         .endpoint = Endpoint::parse("127.0.0.1:9").value(),
         .persistent_keepalive = 25,
         .trigger_handshake = true});

    EXPECT_EQ(peer(1).persistent_keepalive, 25);
    EXPECT_EQ(peer(1).endpoint->port, 9);
}

TEST_F(PeerContract, AMovedPrefixLeavesTheOthersAlone) {
    add(1, prefixes(3));
    add(2, prefixes(2, 100));
    set({.public_key = key(2), .add_allowed_ips = {prefix(1U)}});

    EXPECT_EQ(allowed_ips(1), (Prefixes{prefix(0U), prefix(2U)}));
    EXPECT_EQ(allowed_ips(2), (Prefixes{prefix(100), prefix(101), prefix(1U)}));
}

TEST_F(PeerContract, APrefixMovesThereAndBackInOneChange) {
    add(1, prefixes(2));
    add(2);
    set({.peers = {{.public_key = key(2), .add_allowed_ips = prefixes(2)},
                   {.public_key = key(1), .add_allowed_ips = prefixes(1)}}});

    EXPECT_EQ(allowed_ips(1), Prefixes{prefix(0U)});
    EXPECT_EQ(allowed_ips(2), Prefixes{prefix(1U)});
}

TEST_F(PeerContract, APrefixThatIsThereAlreadyStaysOnce) {
    add(1, prefixes(2));
    set({.public_key = key(1), .add_allowed_ips = prefixes(2)});

    EXPECT_EQ(peer(1).allowed_ips.size(), 2U);
}

TEST_F(PeerContract, PrefixesWithinOneAnotherAreApart) {
    const std::vector<AllowedIp> nested = {
        prefix("0.0.0.0/0"), prefix("10.0.0.0/8"), prefix("10.0.0.0/16"), prefix("10.0.0.0/32"),
        prefix("::/0"),      prefix("fd00::/8"),   prefix("fd00::/128")};
    add(1, nested);
    add(2, {prefix("10.0.0.0/24"), prefix("fd00::/64")});
    set({.public_key = key(1),
         .remove_allowed_ips = {prefix("10.0.0.0/16"), prefix("fd00::/8"), prefix("::/0")}});

    EXPECT_EQ(allowed_ips(1), (Prefixes{prefix("0.0.0.0/0"), prefix("10.0.0.0/8"),
                                        prefix("10.0.0.0/32"), prefix("fd00::/128")}));
    EXPECT_EQ(allowed_ips(2), (Prefixes{prefix("10.0.0.0/24"), prefix("fd00::/64")}));
}

TEST_F(PeerContract, ASinglePrefixIsRemoved) {
    add(1, prefixes(3));
    add(2, prefixes(1, 100));
    set({.public_key = key(1), .remove_allowed_ips = {prefix(1U)}});

    EXPECT_EQ(get().peers.size(), 2U) << "no helper is left behind";
    EXPECT_EQ(allowed_ips(1), (Prefixes{prefix(0U), prefix(2U)}));
    EXPECT_EQ(allowed_ips(2), Prefixes{prefix(100)});
}

TEST_F(PeerContract, PrefixesAreRemovedFromManyPeersAtOnce) {
    add_many(100);
    DeviceChange change;
    for (unsigned i = 0; i < 100; i += 2)
        change.peers.push_back({.public_key = key(i), .remove_allowed_ips = {prefix(i)}});
    set(change);

    const Device device = get();
    ASSERT_EQ(device.peers.size(), 100U);
    for (unsigned i = 0; i < 100; ++i)
        EXPECT_EQ(allowed_ips(i).size(), i % 2);
}

TEST_F(PeerContract, SixOfManyPrefixesOfBothFamiliesAreRemoved) {
    std::vector<AllowedIp> all;
    for (unsigned i = 1; i <= 197; ++i) {
        all.push_back(prefix("192.168.0." + std::to_string(i) + "/32"));
        all.push_back(prefix("abcd::" + std::to_string(i) + "/128"));
    }
    add(1, all);
    const std::vector<AllowedIp> gone = {prefix("192.168.0.1/32"),   prefix("192.168.0.20/32"),
                                         prefix("192.168.0.100/32"), prefix("abcd::1/128"),
                                         prefix("abcd::20/128"),     prefix("abcd::100/128")};
    set({.public_key = key(1), .remove_allowed_ips = gone});

    const Prefixes left = allowed_ips(1);
    EXPECT_EQ(left.size(), 388U);
    for (const AllowedIp& ip : gone)
        EXPECT_FALSE(left.contains(ip)) << ip.to_string();
}

TEST_F(PeerContract, AddedAndRemovedPrefixesInOneEntry) {
    add(1, prefixes(3));
    set({.public_key = key(1),
         .add_allowed_ips = {prefix(9U)},
         .remove_allowed_ips = {prefix(0U), prefix(1U)}});

    EXPECT_EQ(allowed_ips(1), (Prefixes{prefix(2U), prefix(9U)}));
}

TEST_F(PeerContract, OnePeerWithThreeThousandPrefixes) {
    const auto all = prefixes(3000);
    add(1, all);
    EXPECT_EQ(allowed_ips(1), Prefixes(all.begin(), all.end()));

    set({.public_key = key(1), .remove_allowed_ips = prefixes(2000)});
    const auto left = prefixes(1000, 2000);
    EXPECT_EQ(allowed_ips(1), Prefixes(left.begin(), left.end()));
    EXPECT_EQ(get().peers.size(), 1U);
}

TEST_F(PeerContract, AThousandPeers) {
    add_many(1000);
    const Device device = get();
    ASSERT_EQ(device.peers.size(), 1000U);
    std::set<PublicKey> keys;
    for (const Peer& each : device.peers) {
        keys.insert(each.public_key);
        EXPECT_EQ(each.allowed_ips.size(), 1U);
    }
    EXPECT_EQ(keys.size(), 1000U) << "each once";

    const auto before = client().devices().set_messages();
    set({.public_key = key(500), .persistent_keepalive = 5});
    EXPECT_EQ(client().devices().set_messages(), before + 1);
    EXPECT_EQ(peer(500).persistent_keepalive, 5);
}

TEST_F(PeerContract, SmallLimitsChangeNothingInTheEnd) {
    client().devices().set_limits({.new_or_removed_peers = 2, .bytes = 512});
    add_many(50);
    add(50, prefixes(100, 1000));
    set({.public_key = key(50), .remove_allowed_ips = prefixes(50, 1000)});

    EXPECT_EQ(get().peers.size(), 51U);
    const auto left = prefixes(50, 1050);
    EXPECT_EQ(allowed_ips(50), Prefixes(left.begin(), left.end()));
}

TEST_F(PeerContract, AFullDeviceIsDeleted) {
    set({.private_key = PrivateKey::generate()});
    add_many(1000);

    ASSERT_TRUE(client().links().remove("wgc0"));

    EXPECT_EQ(client().devices().get("wgc0").error().code(), Errc::not_found);
}

} // namespace
} // namespace wgnl::tests
