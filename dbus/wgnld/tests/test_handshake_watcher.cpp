// SPDX-License-Identifier: LGPL-2.1-or-later
// Packets of the machine, told to the devices that they may be about.
#include <gtest/gtest.h>

#include "control_tools.hpp"
#include "handshake/handshake_watcher.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon::test {
namespace {

class HandshakeWatcherTest : public testing::Test {
protected:
    HandshakeWatcherTest() {
        watcher_.set_link("wg0", 1000);
        watcher_.set_link("wg1", 2000);
        watcher_.set_link("gone", std::nullopt);
    }

    ScriptedHandshakes source_;
    HandshakeWatcher watcher_{source_};
};

TEST_F(HandshakeWatcherTest, APacketIsForTheDeviceWithItsPort) {
    source_.arrive(1000);
    watcher_.on_packets(boot(10s));

    EXPECT_EQ(watcher_.look_at("wg0"), boot(10s) + HandshakeProbe::first);
    EXPECT_EQ(watcher_.look_at("wg1"), std::nullopt);
}

TEST_F(HandshakeWatcherTest, AStrangePortIsLookedForOnceAtAllThatAreThere) {
    source_.arrive(3000);
    watcher_.on_packets(boot(10s));

    EXPECT_TRUE(watcher_.look_at("wg0"));
    EXPECT_TRUE(watcher_.look_at("wg1"));
    EXPECT_FALSE(watcher_.look_at("gone"));
    for (const auto* device : {"wg0", "wg1"})
        watcher_.found(device, boot(20s), 0, boot(20s));
    source_.arrive(3000);
    watcher_.on_packets(boot(30s));
    EXPECT_FALSE(watcher_.look_at("wg0"));
}

TEST_F(HandshakeWatcherTest, AnotherPortOfADeviceMakesStrangePortsNewsAgain) {
    source_.arrive(3000);
    watcher_.on_packets(boot(10s));
    watcher_.found("wg1", boot(20s), 0, boot(20s));

    watcher_.set_link("wg0", 4000);
    source_.arrive(3000);
    watcher_.on_packets(boot(30s));

    EXPECT_TRUE(watcher_.look_at("wg1"));
}

TEST_F(HandshakeWatcherTest, LostPacketsMayBeForAnybody) {
    source_.lose(7);
    watcher_.on_packets(boot(10s));

    EXPECT_TRUE(watcher_.look_at("wg0"));
    EXPECT_TRUE(watcher_.look_at("wg1"));
}

TEST_F(HandshakeWatcherTest, ItPausesUntilItIsTimeOrEverythingWasFound) {
    source_.arrive(1000, 2);
    watcher_.on_packets(boot(10s));
    EXPECT_FALSE(source_.listens());
    EXPECT_EQ(watcher_.due(), boot(10s) + PacketRateLimiter::shortest);

    watcher_.update(boot(10s) + PacketRateLimiter::shortest);
    EXPECT_TRUE(source_.listens());
    EXPECT_EQ(watcher_.due(), std::nullopt);

    source_.arrive(1000, 2);
    watcher_.on_packets(boot(20s));
    EXPECT_EQ(watcher_.found("wg0", boot(20s + 5ms), 2, boot(20s + 6ms)), 0U);
    EXPECT_TRUE(source_.listens());
}

TEST_F(HandshakeWatcherTest, APacketThatCameMeanwhileAnnouncesWhatAReadingShows) {
    source_.arrive(1000);

    EXPECT_EQ(watcher_.found("wg0", boot(10s), 1, boot(10s + 1ms)), 0U);
    EXPECT_FALSE(watcher_.misses("wg0"));
}

TEST_F(HandshakeWatcherTest, WhatNothingAnnouncedMakesTheDeviceOneToBePolled) {
    EXPECT_EQ(watcher_.found("wg0", boot(10s), 1, boot(10s)), 1U);

    EXPECT_TRUE(watcher_.misses("wg0"));
    EXPECT_FALSE(watcher_.misses("wg1"));
    for (unsigned i = 0; i < MissedHandshakeDetector::trusted_after; ++i) {
        source_.arrive(1000);
        EXPECT_EQ(watcher_.found("wg0", boot(20s), 1, boot(20s)), 0U);
    }
    EXPECT_FALSE(watcher_.misses("wg0"));
}

TEST_F(HandshakeWatcherTest, WithoutASourceAllArePolledAndNothingCountsAsMissed) {
    source_.break_down();

    EXPECT_TRUE(watcher_.misses("wg0"));
    EXPECT_EQ(watcher_.found("wg0", boot(10s), 5, boot(10s)), 0U);
}

TEST_F(HandshakeWatcherTest, AForgottenDeviceBeginsAnew) {
    watcher_.found("wg0", boot(10s), 1, boot(10s));
    source_.arrive(1000);
    watcher_.on_packets(boot(11s));

    watcher_.forget("wg0");

    EXPECT_FALSE(watcher_.misses("wg0"));
    EXPECT_EQ(watcher_.look_at("wg0"), std::nullopt);
}

} // namespace
} // namespace wgnl::daemon::test
