// SPDX-License-Identifier: LGPL-2.1-or-later
// Readings in, changes to publish out.
#include <algorithm>

#include <gtest/gtest.h>

#include "model/read_schedule.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

TEST(DeviceModel, FirstReadingAddsDeviceAndPeers) {
    DeviceModel model("wg0");

    const auto update = model.take(reading(0s, {peer_reading(1), peer_reading(2)}));

    ASSERT_EQ(update.peers.size(), 2U);
    EXPECT_TRUE(update.peers[0].added);
    EXPECT_TRUE(names(update.properties, "PeerCount"));
    EXPECT_EQ(model.peers().size(), 2U);
    EXPECT_EQ(model.properties().ifindex, 7U);
}

TEST(DeviceModel, SameReadingChangesNothing) {
    DeviceModel model("wg0");
    model.take(reading(0s, {peer_reading(1)}));

    const auto update = model.take(reading(1s, {peer_reading(1)}));

    EXPECT_TRUE(update.properties.empty());
    EXPECT_TRUE(update.peers.empty());
}

TEST(DeviceModel, WhatIsTakenInByPiecesShowsOnceItIsThrough) {
    DeviceModel model("wg0");
    model.take(reading(0s, {with_session(1, 0s), with_session(2, 0s)}));
    auto next = reading(5s, {with_session(1, 0s), with_session(2, 0s)});
    next.listen_port = 1;
    next.public_key = key(9);

    model.begin_take(next);
    EXPECT_FALSE(model.advance(1));
    const auto amid = model.set_sync_status({.in_sync = true, .changes = {"news"}});

    EXPECT_FALSE(names(amid.properties, "ListenPort"));
    EXPECT_EQ(model.properties().listen_port, 51820);
    EXPECT_EQ(model.sampled_at(), moment(0s));
    const auto update = model.advance(1);
    ASSERT_TRUE(update);
    EXPECT_TRUE(names(update->properties, "ListenPort"));
    EXPECT_TRUE(names(update->properties, "PublicKey"));
    EXPECT_EQ(model.sampled_at(), moment(5s));
}

TEST(DeviceModel, WhatWasChangedStaysUntilSomethingElseIsDeclared) {
    DeviceModel model("wg0");
    const auto& changes = model.properties().sync_status.changes;
    model.declare(declared(declaration({declared_peer(1)})));
    model.set_sync_status({.in_sync = true, .changes = {"+ peer"}});

    model.set_sync_status({.in_sync = true}); // a signal of our own change had it compared again
    EXPECT_EQ(changes, std::vector<std::string>{"+ peer"});
    model.set_sync_status({.in_sync = true, .changes = {"~ peer"}});
    EXPECT_EQ(changes, std::vector<std::string>{"~ peer"});

    model.declare(declared(declaration({declared_peer(1)})));
    model.set_sync_status({.in_sync = true});
    EXPECT_TRUE(changes.empty()) << "nothing had to be changed for what is declared now";
}

TEST(DeviceModel, ByteCountersNeverRideInAChange) {
    DeviceModel model("wg0");
    model.take(reading(0s, {with_session(1, 0s)}));
    auto more = with_session(1, 0s);
    more.rx_bytes += 500;

    const auto update = model.take(reading(1s, {more}));

    EXPECT_TRUE(update.properties.empty());
    EXPECT_TRUE(update.peers.empty());
    EXPECT_EQ(model.peers().bytes().rx, 1500U);
}

TEST(DeviceModel, HandshakeIsAnnouncedOnceWithItsStates) {
    DeviceModel model("wg0");
    model.take(reading(0s, {peer_reading(1)}));

    const auto update = model.take(reading(2s, {with_session(1, 1s)}));

    ASSERT_EQ(update.peers.size(), 1U);
    EXPECT_EQ(update.peers[0].handshake, moment(1s).real);
    EXPECT_EQ(update.peers[0].state, std::pair(PeerState::never, PeerState::established));
    EXPECT_EQ(update.peers[0].endpoint, std::pair(std::string(), std::string("192.0.2.1:1000")));
    EXPECT_TRUE(names(update.properties, "State"));
    EXPECT_TRUE(model.take(reading(3s, {with_session(1, 1s)})).peers.empty());
}

TEST(DeviceModel, HandshakeOfTheFirstReadingIsNoNews) {
    DeviceModel model("wg0");

    const auto update = model.take(reading(2s, {with_session(1, 1s)}));

    EXPECT_FALSE(update.peers.at(0).handshake.has_value());
}

TEST(DeviceModel, HandshakeOfAPeerThatWasAwaitedIsNews) {
    DeviceModel model("wg0");
    model.declare(summary_of(declaration({declared_peer(1)}), "command", "wg0.json"));
    model.take(reading(0s, {}));

    const auto update = model.take(reading(2s, {with_session(1, 1s)}));

    EXPECT_EQ(update.peers.at(0).handshake, moment(1s).real);
}

TEST(DeviceModel, PeerThatComesWithTheDevicesKeyHasItsSessionByIt) {
    DeviceModel model("wg0");
    model.take(reading(0s, {}));
    auto with_key = reading(2s, {with_session(1, 1s)});
    with_key.public_key = key(9);

    model.take(with_key);

    EXPECT_EQ(model.peers().find(key(1))->state(), PeerState::established);
}

TEST(DeviceModel, AnotherKeyOfTheDeviceVoidsTheSessionsOfPeersThatWereThere) {
    DeviceModel model("wg0");
    model.take(reading(2s, {with_session(1, 1s)}));
    auto other = reading(3s, {with_session(1, 1s)});
    other.public_key = key(9);

    model.take(other);

    EXPECT_EQ(model.peers().find(key(1))->state(), PeerState::idle);
}

TEST(DeviceModel, OldHandshakeOfAPeerThatComesBackIsNoNews) {
    DeviceModel model("wg0");
    model.declare(summary_of(declaration({declared_peer(1)}), "command", "wg0.json"));
    model.take(reading(0s, {with_session(1, -1s)}));
    model.take(reading(2s, {}));

    const auto update = model.take(reading(3s, {with_session(1, 1s)}));

    EXPECT_FALSE(update.peers.at(0).handshake.has_value());
}

TEST(DeviceModel, SteppedClockDoesNotMoveTheHandshake) {
    DeviceModel model("wg0");
    model.take(reading(2s, {with_session(1, 1s)}));
    auto later = reading(3s, {with_session(1, 1s)});
    later.at.real += 3600s;

    model.take(later);

    EXPECT_EQ(model.peers().find(key(1))->handshake(), moment(1s).boot);
}

TEST(DeviceModel, PeerThatVanishesIsRemovedUnlessDeclared) {
    DeviceModel model("wg0");
    model.declare(declared(declaration({declared_peer(1)})));
    model.take(reading(0s, {peer_reading(1), peer_reading(2)}));

    const auto update = model.take(reading(1s, {}));

    EXPECT_EQ(model.peers().size(), 1U);
    EXPECT_EQ(model.peers().find(key(1))->state(), PeerState::absent);
    EXPECT_EQ(model.peers().find(key(2)), nullptr);
    EXPECT_TRUE(update.reset);
}

TEST(DeviceModel, UndeclaredPeerThatVanishesIsNoReset) {
    DeviceModel model("wg0");
    model.declare(declared(declaration({declared_peer(1)})));
    model.take(reading(0s, {peer_reading(1), peer_reading(2)}));

    EXPECT_FALSE(model.take(reading(1s, {peer_reading(1)})).reset);
}

TEST(DeviceModel, RecreatedPeerIsRestoredWithTheEndpointOfItsLastSession) {
    DeviceModel model("wg0");
    model.declare(declared(declaration({declared_peer(1)})));
    model.take(reading(2s, {with_session(1, 1s)}));

    const auto update = model.take(reading(3s, {peer_reading(1)}));
    model.take(reading(4s, {peer_reading(1)}));

    EXPECT_TRUE(update.reset);
    const auto lost = model.begin_restore();
    ASSERT_TRUE(lost.contains(key(1)));
    EXPECT_EQ(lost.at(key(1)).endpoint, endpoint("192.0.2.1:1000"));
    EXPECT_TRUE(lost.at(key(1)).had_session);
}

TEST(DeviceModel, EndpointThatTheOwnerWroteAfterTheResetIsNotRemembered) {
    DeviceModel model("wg0");
    model.declare(declared(declaration({declared_peer(1)})));
    model.take(reading(2s, {with_session(1, 1s)}));
    auto written = peer_reading(1);
    written.endpoint = endpoint("198.51.100.9:2");

    model.take(reading(3s, {written}));
    model.take(reading(4s, {written}));

    EXPECT_EQ(model.begin_restore().at(key(1)).endpoint, endpoint("192.0.2.1:1000"));
}

TEST(DeviceModel, RestoredPeerIsNotRestoredAgain) {
    DeviceModel model("wg0");
    model.declare(declared(declaration({declared_peer(1)})));
    model.take(reading(2s, {with_session(1, 1s)}));
    model.take(reading(3s, {}));
    model.begin_restore();

    auto back = peer_reading(1);
    back.endpoint = endpoint("192.0.2.1:1000");
    const auto update = model.take(reading(4s, {back}), true);
    model.end_restore(true);

    EXPECT_FALSE(update.reset);
    EXPECT_TRUE(model.begin_restore().empty());
}

TEST(DeviceModel, SecondResetShowsByTheEndpointThatIsGoneAgain) {
    DeviceModel model("wg0");
    model.declare(declared(declaration({declared_peer(1)})));
    model.take(reading(2s, {with_session(1, 1s)}));
    model.take(reading(3s, {peer_reading(1)}));
    model.begin_restore();
    auto back = peer_reading(1);
    back.endpoint = endpoint("192.0.2.1:1000");
    model.take(reading(4s, {back}), true);
    model.end_restore(true);

    const auto update = model.take(reading(5s, {peer_reading(1)}));

    EXPECT_TRUE(update.reset);
    EXPECT_EQ(model.begin_restore().at(key(1)).endpoint, endpoint("192.0.2.1:1000"));
}

TEST(DeviceModel, FailedRestorationIsTriedAgain) {
    DeviceModel model("wg0");
    model.declare(declared(declaration({declared_peer(1)})));
    model.take(reading(2s, {with_session(1, 1s)}));
    model.take(reading(3s, {peer_reading(1)}));
    model.begin_restore();

    model.end_restore(false);

    EXPECT_TRUE(model.begin_restore().contains(key(1)));
}

/// The longest time without a reading in an hour in which nobody asks and nothing is heard, on a
/// device with this named peer; `rekeys`: it has a handshake every two minutes, else just one.
std::chrono::nanoseconds longest_blindness(std::uint16_t keepalive, bool rekeys) {
    DeviceModel model("wg0");
    PeerProbe probe;
    auto named = declared_peer(1);
    named.endpoint = "vpn.example.org:51820";
    model.declare(declared(declaration({named, declared_peer(2)})));
    std::chrono::nanoseconds longest{};
    for (std::chrono::nanoseconds now{}; now < 1h;) {
        auto live = with_session(1, rekeys ? now - now % 2min : std::chrono::nanoseconds{});
        live.persistent_keepalive = keepalive;
        live.endpoint = endpoint("198.51.100.9:51820");
        const auto update = model.take(reading(now, {live, peer_reading(2)}));
        probe.looked(moment(now).boot, model.peers().has_suspects(), update.suspected);
        const auto next = earlier(model.peers().next_look(), probe.due());
        if (!next)
            return std::chrono::nanoseconds::max();
        longest = std::max(longest, *next - moment(now).boot);
        now = *next - moment({}).boot;
    }
    return longest;
}

TEST(DeviceModel, DeviceWithAPeerThatHasANameIsLookedAtEveryTwoMinutes) {
    for (const std::uint16_t keepalive : {std::uint16_t{0}, std::uint16_t{25}})
        for (const bool rekeys : {false, true})
            EXPECT_LE(longest_blindness(keepalive, rekeys), 125s) << keepalive << rekeys;
}

TEST(DeviceModel, StateIsEstablishedIfAnyPeerIs) {
    DeviceModel model("wg0");

    model.take(reading(2s, {peer_reading(1), with_session(2, 1s)}));

    EXPECT_EQ(model.properties().state, PeerState::established);
    EXPECT_EQ(model.properties().state_counts[static_cast<std::size_t>(PeerState::never)], 1U);
}

TEST(DeviceModel, DeclaredDeviceWithoutLinkIsAbsent) {
    DeviceModel model("wg0");

    const auto update = model.declare(declared(declaration({declared_peer(1)})));

    EXPECT_TRUE(model.exists());
    EXPECT_EQ(model.properties().state, PeerState::absent);
    EXPECT_EQ(model.properties().source, "networkd");
    EXPECT_FALSE(model.properties().sync_status.in_sync);
    ASSERT_EQ(update.peers.size(), 1U);
    EXPECT_TRUE(update.peers[0].added);
}

TEST(DeviceModel, LostLinkWithoutDeclarationLeavesNothing) {
    DeviceModel model("wg0");
    model.take(reading(0s, {peer_reading(1)}));

    const auto update = model.lose(moment(1s));

    EXPECT_FALSE(model.exists());
    EXPECT_EQ(model.peers().size(), 0U);
    EXPECT_TRUE(update.peers.at(0).removed);
}

TEST(DeviceModel, ProblemsAreAtMostAHundredAndCannotForgeLines) {
    DeviceModel model("wg0");
    auto many = declaration({});
    for (int i = 0; i < 150; ++i)
        many.problems.push_back({Severity::error, {"f", 1}, "bad\nline " + std::to_string(i)});

    model.declare(declared(many));

    const auto& problems = model.properties().sync_status.problems;
    ASSERT_EQ(problems.size(), 100U);
    EXPECT_EQ(problems[0].text, "bad\ufffdline 0");
}

TEST(DeviceModel, APeerShowsTheProblemsThatNameIt) {
    DeviceModel model("wg0");
    auto both = declaration({declared_peer(1), declared_peer(2)});
    both.problems.push_back(
        {.location = {"wg0.netdev", 40}, .text = "PersistentKeepalive=foo", .peer = key(2)});
    both.problems.push_back(
        {.location = {"wg0.netdev", 20}, .text = "PublicKey=" + key(1).to_base64()});
    both.problems.push_back({.text = "of nobody who is declared", .peer = key(3)});

    model.declare(declared(both));

    ASSERT_EQ(model.peers().find(key(2))->declared()->problems.size(), 1U);
    EXPECT_EQ(to_string(model.peers().find(key(2))->declared()->problems[0].location),
              "wg0.netdev:40");
    EXPECT_TRUE(model.peers().find(key(1))->declared()->problems.empty());
}

TEST(DeviceModel, AProblemThatNamesNobodyIsOfThePeerWhoseSectionItStandsAt) {
    DeviceModel model("wg0");
    auto both = declaration({declared_peer(1), declared_peer(2)});
    both.peers[0].location = {"wg0.netdev:12"}; // as documents had it before there was a line
    both.peers[1].location = {"wg0.netdev", 40};
    both.problems = {{.location = {"wg0.netdev:12"}, .text = "one"},
                     {.location = {"wg0.netdev", 40}, .text = "two"},
                     {.location = {"wg0.netdev", 41}, .text = "of the device"}};

    model.declare(declared(both));

    ASSERT_EQ(model.peers().find(key(1))->declared()->problems.size(), 1U);
    EXPECT_EQ(model.peers().find(key(1))->declared()->problems[0].text, "one");
    ASSERT_EQ(model.peers().find(key(2))->declared()->problems.size(), 1U);
    EXPECT_EQ(model.peers().find(key(2))->declared()->problems[0].text, "two");
}

TEST(DeviceModel, PeersAreFoundByNameAndByKey) {
    DeviceModel model("wg0");
    auto one = declared_peer(1);
    one.name = "laptop";
    auto two = declared_peer(2);
    two.name = "laptop";
    model.declare(declared(declaration({one, two})));

    EXPECT_EQ(model.peers().find_named("laptop").size(), 2U);
    EXPECT_EQ(model.peers().find_named(key(2).to_base64()).size(), 1U);
    EXPECT_TRUE(model.peers().find_named("").empty());
}

TEST(DeviceModel, TooManyPeersAreNotListedUntilThereAreMuchFewer) {
    DeviceModel model("wg0");
    std::vector<PeerReading> many(PeerTable::most_listed + 1);
    for (std::size_t i = 0; i < many.size(); ++i) {
        KeyBytes bytes{};
        bytes[0] = static_cast<std::uint8_t>(i & 0xff);
        bytes[1] = static_cast<std::uint8_t>(i >> 8);
        many[i].public_key = PublicKey(bytes);
    }

    const auto full = model.take(reading(0s, many));
    EXPECT_FALSE(model.properties().peers_listed);
    EXPECT_TRUE(full.peers.empty());

    many.resize(PeerTable::listed_again);
    model.take(reading(1s, many));
    EXPECT_FALSE(model.properties().peers_listed);

    many.resize(PeerTable::listed_again - 1);
    EXPECT_TRUE(model.take(reading(2s, many)).relisted);
    EXPECT_TRUE(model.properties().peers_listed);
}

} // namespace
} // namespace wgnl::daemon::test
