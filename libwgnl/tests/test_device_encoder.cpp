// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of how a change is cut into SET messages.
#include "codec/device_encoder.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "set_view.hpp"

namespace wgnl {
namespace {

using tests::PeerView;
using tests::PrefixView;
using tests::SetView;
using Action = PeerChange::Action;

PublicKey key(unsigned number) {
    KeyBytes bytes{};
    bytes[0] = static_cast<std::uint8_t>(number);
    bytes[1] = static_cast<std::uint8_t>(number >> 8);
    bytes[31] = 1;
    return PublicKey(bytes);
}

PresharedKey preshared_key() {
    KeyBytes bytes;
    bytes.fill(9);
    return PresharedKey(bytes);
}

AllowedIp prefix(unsigned number) {
    const std::array<std::uint8_t, 4> bytes = {10, static_cast<std::uint8_t>(number >> 8),
                                               static_cast<std::uint8_t>(number), 0};
    return {IpAddress::v4(bytes), 24};
}

std::vector<AllowedIp> prefixes(unsigned count, unsigned first = 0) {
    std::vector<AllowedIp> all;
    for (unsigned i = 0; i < count; ++i)
        all.push_back(prefix(first + i));
    return all;
}

Endpoint endpoint_v4() { return Endpoint::parse("192.0.2.1:51820").value(); }

std::vector<SetView> encode(const DeviceChange& change, const BatchLimits& limits = {},
                            PrefixRemoval removal = PrefixRemoval::flag) {
    std::vector<std::uint8_t> storage(message_storage(limits));
    DeviceEncoder encoder(change, {31, "wg0", limits, removal}, storage);
    std::vector<SetView> views;
    for (auto message = encoder.next(); !message.empty(); message = encoder.next()) {
        views.push_back(tests::view_set(message));
        EXPECT_EQ(views.back().name, "wg0");
        EXPECT_TRUE(views.back().nested);
        EXPECT_FALSE(views.back().has_flags) << "no device flag is ever set";
    }
    return views;
}

DeviceChange one(PeerChange peer) { return {.peers = {std::move(peer)}}; }

TEST(DeviceEncoder, AnEmptyChangeNeedsNoMessage) {
    EXPECT_TRUE(encode({}).empty());
    EXPECT_TRUE(encode(one({.public_key = key(1)})).empty());
}

TEST(DeviceEncoder, AChangeOfTheDeviceAloneHasNoPeers) {
    const auto views =
        encode({.private_key = Edit<PrivateKey>::cleared(), .listen_port = 51820, .fwmark = 7});

    ASSERT_EQ(views.size(), 1U);
    EXPECT_TRUE(views[0].has_private_key);
    EXPECT_EQ(views[0].listen_port, 51820);
    EXPECT_EQ(views[0].fwmark, 7U);
    EXPECT_TRUE(views[0].peers.empty());
}

TEST(DeviceEncoder, DeviceAttributesAreInTheFirstMessageOnly) {
    DeviceChange change{.listen_port = 51820};
    for (unsigned i = 0; i < 100; ++i)
        change.peers.push_back({.public_key = key(i), .action = Action::add});

    const auto views = encode(change);

    ASSERT_EQ(views.size(), 4U);
    EXPECT_TRUE(views[0].listen_port);
    EXPECT_FALSE(views[1].listen_port);
}

TEST(DeviceEncoder, TheActionsHaveTheirFlags) {
    const auto views = encode({.peers = {{.public_key = key(1), .action = Action::add},
                                         {.public_key = key(2), .persistent_keepalive = 25},
                                         {.public_key = key(3), .action = Action::remove}}});

    ASSERT_EQ(views.size(), 1U);
    ASSERT_EQ(views[0].peers.size(), 3U);
    EXPECT_EQ(views[0].peers[0], (PeerView{.key = key(1)}));
    EXPECT_EQ(views[0].peers[1],
              (PeerView{.key = key(2), .flags = WGPEER_F_UPDATE_ONLY, .keepalive = 25}));
    EXPECT_EQ(views[0].peers[2], (PeerView{.key = key(3), .flags = WGPEER_F_REMOVE_ME}));
}

TEST(DeviceEncoder, ARemovedPeersOtherFieldsAreIgnored) {
    const auto views = encode(one({.public_key = key(1),
                                   .action = Action::remove,
                                   .preshared_key = preshared_key(),
                                   .endpoint = endpoint_v4(),
                                   .persistent_keepalive = 25,
                                   .add_allowed_ips = prefixes(2),
                                   .remove_allowed_ips = prefixes(1),
                                   .trigger_handshake = true}),
                              {}, PrefixRemoval::throw_away);

    ASSERT_EQ(views.size(), 1U);
    EXPECT_EQ(views[0].peers,
              (std::vector<PeerView>{{.key = key(1), .flags = WGPEER_F_REMOVE_ME}}));
}

TEST(DeviceEncoder, EndpointsHaveTheirSocketAddressAndScope) {
    const Endpoint scoped{IpAddress::parse("fe80::1").value(), 51820, 7};

    const auto views = encode({.peers = {{.public_key = key(1), .endpoint = endpoint_v4()},
                                         {.public_key = key(2), .endpoint = scoped}}});

    ASSERT_EQ(views.size(), 1U);
    EXPECT_EQ(views[0].peers[0].endpoint_bytes, 16U);
    EXPECT_EQ(views[0].peers[1].endpoint_bytes, 28U);
    EXPECT_EQ(views[0].peers[1].scope_id, 7U);
}

TEST(DeviceEncoder, OneChangedPeerIsOneSmallMessage) {
    const auto views = encode(one({.public_key = key(1),
                                   .preshared_key = preshared_key(),
                                   .endpoint = endpoint_v4(),
                                   .persistent_keepalive = 25,
                                   .add_allowed_ips = prefixes(4)}));

    ASSERT_EQ(views.size(), 1U);
    EXPECT_LT(views[0].size, 400U);
}

TEST(DeviceEncoder, AtMostThirtyTwoPeersAreNewOrRemovedInAMessage) {
    DeviceChange change;
    for (unsigned i = 0; i < 40; ++i) {
        change.peers.push_back({.public_key = key(i), .action = Action::remove});
        change.peers.push_back({.public_key = key(100 + i), .action = Action::add});
    }

    const auto views = encode(change);

    ASSERT_EQ(views.size(), 3U);
    EXPECT_EQ(views[0].peers.size(), 32U);
    EXPECT_EQ(views[1].peers.size(), 32U);
    EXPECT_EQ(views[2].peers.size(), 16U);
}

TEST(DeviceEncoder, ChangesOfPeersFillAMessage) {
    DeviceChange change;
    for (unsigned i = 0; i < 1000; ++i)
        change.peers.push_back({.public_key = key(i), .persistent_keepalive = 25});

    const auto views = encode(change);

    ASSERT_EQ(views.size(), 2U);
    EXPECT_GT(views[0].size, 32U * 1024 - 64);
    EXPECT_LE(views[0].size, 32U * 1024);
}

TEST(DeviceEncoder, AContinuationRepeatsOnlyKeyAndAllowedIps) {
    const auto views = encode(one({.public_key = key(1),
                                   .action = Action::add,
                                   .preshared_key = preshared_key(),
                                   .endpoint = endpoint_v4(),
                                   .persistent_keepalive = 25,
                                   .add_allowed_ips = prefixes(3000)}));

    ASSERT_EQ(views.size(), 3U);
    EXPECT_TRUE(views[0].peers.at(0).has_preshared_key);
    EXPECT_EQ(views[0].peers[0].flags, 0U);
    std::size_t count = views[0].peers[0].prefixes.size();
    for (const auto& view : {views[1], views[2]}) {
        ASSERT_EQ(view.peers.size(), 1U);
        EXPECT_EQ(view.peers[0], (PeerView{.key = key(1),
                                           .flags = WGPEER_F_UPDATE_ONLY,
                                           .prefixes = view.peers[0].prefixes}));
        count += view.peers[0].prefixes.size();
    }
    EXPECT_EQ(count, 3000U);
}

TEST(DeviceEncoder, NoNestOutgrowsItsLengthFieldHoweverLargeTheLimit) {
    const auto views = encode(
        one({.public_key = key(1), .action = Action::add, .add_allowed_ips = prefixes(5000)}),
        {.bytes = 1024 * 1024});

    ASSERT_EQ(views.size(), 3U);
    std::size_t count = 0;
    for (const auto& view : views) {
        EXPECT_LE(view.size, 65535U + 64);
        count += view.peers.at(0).prefixes.size();
    }
    EXPECT_EQ(count, 5000U);
}

TEST(DeviceEncoder, TheSmallestLimitsStillCarryEverything) {
    const AllowedIp v6{IpAddress::parse("2001:db8::").value(), 64};
    const auto views = encode({.private_key = Edit<PrivateKey>::cleared(),
                               .listen_port = 1,
                               .fwmark = 1,
                               .peers = {{.public_key = key(1),
                                          .action = Action::add,
                                          .preshared_key = preshared_key(),
                                          .endpoint = Endpoint{v6.network, 1, 0},
                                          .persistent_keepalive = 25,
                                          .add_allowed_ips = {v6},
                                          .remove_allowed_ips = {v6},
                                          .trigger_handshake = true}}},
                              {.new_or_removed_peers = 0, .bytes = 0}, PrefixRemoval::throw_away);

    for (const auto& view : views)
        EXPECT_LE(view.size, smallest_limits.bytes);
    ASSERT_EQ(views.size(), 2U);
    EXPECT_EQ(views[0].peers.size(), 4U);
    EXPECT_EQ(views[1].peers.size(), 2U);
}

TEST(DeviceEncoder, ANudgeIsThreeEntriesOfOneMessage) {
    const auto views = encode(one({.public_key = key(1),
                                   .endpoint = endpoint_v4(),
                                   .persistent_keepalive = 25,
                                   .trigger_handshake = true}));

    ASSERT_EQ(views.size(), 1U);
    const PeerView entry{.key = key(1), .flags = WGPEER_F_UPDATE_ONLY};
    std::vector<PeerView> wanted(3, entry);
    wanted[0].endpoint_bytes = 16;
    wanted[0].keepalive = 0;
    wanted[1].keepalive = 1;
    wanted[2].keepalive = 25;
    EXPECT_EQ(views[0].peers, wanted);
}

TEST(DeviceEncoder, ANudgeIsNeverTornApart) {
    DeviceChange change;
    for (unsigned i = 0; i < 300; ++i)
        change.peers.push_back(
            {.public_key = key(i), .persistent_keepalive = 25, .trigger_handshake = true});

    for (const std::size_t bytes : {512U, 600U, 700U, 1000U, 4096U, 32768U})
        for (const auto& view : encode(change, {.bytes = bytes}))
            EXPECT_EQ(view.peers.size() % 3, 0U);
}

TEST(DeviceEncoder, AnAddedPeerMayBeNudgedToo) {
    const auto views = encode(one({.public_key = key(1),
                                   .action = Action::add,
                                   .persistent_keepalive = 0,
                                   .add_allowed_ips = prefixes(1),
                                   .trigger_handshake = true}));

    ASSERT_EQ(views.size(), 1U);
    ASSERT_EQ(views[0].peers.size(), 4U);
    EXPECT_EQ(views[0].peers[0].flags, 0U);
    EXPECT_EQ(views[0].peers[3].prefixes.size(), 1U);
}

TEST(DeviceEncoder, ASinglePrefixGoesByItsFlag) {
    const auto views = encode(one({.public_key = key(1), .remove_allowed_ips = {prefix(7)}}));

    ASSERT_EQ(views.size(), 1U);
    EXPECT_EQ(views[0].peers,
              (std::vector<PeerView>{{.key = key(1),
                                      .flags = WGPEER_F_UPDATE_ONLY,
                                      .prefixes = {{prefix(7), allowedip_f_remove_me}}}}));
}

TEST(DeviceEncoder, WithoutTheFlagAThrowAwayPeerTakesThePrefixesAlong) {
    const auto views =
        encode({.peers = {{.public_key = key(1), .remove_allowed_ips = prefixes(2)},
                          {.public_key = key(2), .remove_allowed_ips = prefixes(1, 2)}}},
               {}, PrefixRemoval::throw_away);

    ASSERT_EQ(views.size(), 1U);
    ASSERT_EQ(views[0].peers.size(), 2U) << "both peers share one";
    const PublicKey thrown = views[0].peers[0].key;
    EXPECT_NE(thrown, key(1));
    EXPECT_NE(thrown, key(2));
    EXPECT_EQ(views[0].peers[0],
              (PeerView{.key = thrown, .prefixes = {{prefix(0)}, {prefix(1)}, {prefix(2)}}}));
    EXPECT_EQ(views[0].peers[1], (PeerView{.key = thrown, .flags = WGPEER_F_REMOVE_ME}));
}

TEST(DeviceEncoder, ThrowAwayPeersKeepTheOrderOfTheChange) {
    const auto views =
        encode({.peers = {{.public_key = key(1), .remove_allowed_ips = {prefix(1)}},
                          {.public_key = key(2), .add_allowed_ips = {prefix(1)}},
                          {.public_key = key(3), .remove_allowed_ips = {prefix(3)}}}},
               {}, PrefixRemoval::throw_away);

    ASSERT_EQ(views.size(), 1U);
    ASSERT_EQ(views[0].peers.size(), 5U);
    EXPECT_EQ(views[0].peers[1].flags, WGPEER_F_REMOVE_ME);
    EXPECT_EQ(views[0].peers[2].key, key(2));
    EXPECT_NE(views[0].peers[3].key, views[0].peers[0].key) << "a used key is never used again";
}

TEST(DeviceEncoder, AThrowAwayPeerNeverOutlivesItsMessage) {
    const auto views = encode(one({.public_key = key(1),
                                   .persistent_keepalive = 1,
                                   .remove_allowed_ips = prefixes(3000)}),
                              {.bytes = 4096}, PrefixRemoval::throw_away);

    std::size_t removed = 0;
    for (const auto& view : views) {
        const auto& last = view.peers.back();
        const auto& taker = view.peers.at(view.peers.size() - 2);
        EXPECT_EQ(last, (PeerView{.key = taker.key, .flags = WGPEER_F_REMOVE_ME}));
        removed += taker.prefixes.size();
    }
    EXPECT_EQ(removed, 3000U);
    EXPECT_EQ(views.front().peers.size(), 3U) << "the peer's own entry comes first";
}

TEST(DeviceEncoder, AThrowAwayPeerCountsAsNewAndAsRemoved) {
    DeviceChange change;
    for (unsigned i = 0; i < 31; ++i)
        change.peers.push_back({.public_key = key(i), .action = Action::add});
    change.peers.push_back({.public_key = key(0), .remove_allowed_ips = prefixes(1)});

    const auto views = encode(change, {}, PrefixRemoval::throw_away);

    ASSERT_EQ(views.size(), 2U);
    EXPECT_EQ(views[1].peers.size(), 2U);
}

TEST(DeviceEncoder, TheFirstRemovalByFlagIsTriedAlone) {
    const DeviceChange change{.fwmark = 1,
                              .peers = {{.public_key = key(1), .remove_allowed_ips = prefixes(3)}}};
    std::vector<std::uint8_t> storage(message_storage({}));
    DeviceEncoder encoder(change, {31, "wg0", {}, PrefixRemoval::untested}, storage);

    EXPECT_TRUE(tests::view_set(encoder.next()).peers.empty());
    EXPECT_FALSE(encoder.is_trial());
    const auto trial = tests::view_set(encoder.next());
    EXPECT_TRUE(encoder.is_trial());
    EXPECT_FALSE(trial.fwmark);
    EXPECT_EQ(trial.peers,
              (std::vector<PeerView>{{.key = key(1),
                                      .flags = WGPEER_F_UPDATE_ONLY,
                                      .prefixes = {{prefix(0), allowedip_f_remove_me}}}}));
    encoder.decide(PrefixRemoval::flag);
    EXPECT_EQ(tests::view_set(encoder.next()).peers.at(0).prefixes.size(), 2U);
    EXPECT_TRUE(encoder.next().empty());
}

TEST(DeviceEncoder, AfterAFailedTrialItsPrefixGoesAnotherWay) {
    const DeviceChange change = one({.public_key = key(1), .remove_allowed_ips = prefixes(3)});
    std::vector<std::uint8_t> storage(message_storage({}));
    DeviceEncoder encoder(change, {31, "wg0", {}, PrefixRemoval::untested}, storage);

    (void)encoder.next();
    encoder.decide(PrefixRemoval::throw_away);

    EXPECT_EQ(tests::view_set(encoder.next()).peers.at(0).prefixes.size(), 3U);
    EXPECT_TRUE(encoder.next().empty());
}

TEST(CheckChange, RefusesWhatNoKernelUnderstands) {
    const AllowedIp too_long{IpAddress{}, 33};

    EXPECT_EQ(check_change(one({.public_key = key(1), .trigger_handshake = true})).error().code(),
              Errc::invalid_argument);
    auto nowhere = Endpoint::parse("192.0.2.1:1").value();
    nowhere.port = 0;
    EXPECT_EQ(check_change(one({.public_key = key(1), .endpoint = nowhere})).error().code(),
              Errc::invalid_argument);
    EXPECT_FALSE(check_change(one({.public_key = key(1), .add_allowed_ips = {too_long}})));
    EXPECT_FALSE(check_change(one({.public_key = key(1), .remove_allowed_ips = {too_long}})));
    EXPECT_TRUE(check_change(one({.public_key = key(1), .add_allowed_ips = prefixes(1)})));
}

TEST(DumpRequest, NamesTheDevice) {
    std::array<std::uint8_t, 64> storage{};
    const auto message = encode_dump_request(31, "exactly15bytes.", storage);

    nlmsghdr header{};
    std::memcpy(&header, message.data(), sizeof(header));
    EXPECT_EQ(header.nlmsg_type, 31);
    EXPECT_EQ(header.nlmsg_flags & NLM_F_DUMP, NLM_F_DUMP);
    EXPECT_EQ(tests::view_set(message).name, "exactly15bytes.");
}

} // namespace
} // namespace wgnl
