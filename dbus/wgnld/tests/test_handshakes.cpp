// SPDX-License-Identifier: LGPL-2.1-or-later
// What follows when handshake packets come: looking, pausing, and doubting what was announced.
#include <algorithm>

#include <gtest/gtest.h>

#include "handshake/handshake_policies.hpp"
#include "model_tools.hpp"

namespace wgnl::daemon {
namespace {

using namespace std::chrono_literals;
using test::boot;

TEST(HandshakeProbe, NothingIsDueBeforePacketsCame) {
    EXPECT_EQ(HandshakeProbe().due(), std::nullopt);
}

TEST(HandshakeProbe, LooksAfterFiveMillisecondsThenTwiceAsLate) {
    HandshakeProbe probe;
    probe.on_packets(boot(10s), 1, true);
    std::vector<std::chrono::nanoseconds> gaps;
    for (Boottime at = boot(10s); probe.due(); at += gaps.back()) {
        gaps.push_back(*probe.due() - at);
        probe.looked(*probe.due(), 0);
    }

    const std::vector<std::chrono::nanoseconds> begin{5ms,   10ms,  20ms,  40ms, 80ms,
                                                      160ms, 320ms, 640ms, 640ms};
    ASSERT_GT(gaps.size(), begin.size());
    EXPECT_TRUE(std::equal(begin.begin(), begin.end(), gaps.begin()));
    std::chrono::nanoseconds sum{};
    for (const auto gap : gaps)
        sum += gap;
    EXPECT_GE(sum, 5s);
    EXPECT_LE(sum, 5s + HandshakeProbe::longest);
}

TEST(HandshakeProbe, EndsWhenEverythingWasFound) {
    HandshakeProbe probe;
    probe.on_packets(boot(10s), 2, true);

    probe.looked(boot(10005ms), 1);
    EXPECT_EQ(probe.due(), boot(10015ms));
    probe.looked(boot(10015ms), 1);
    EXPECT_EQ(probe.due(), std::nullopt);
}

TEST(HandshakeProbe, FurtherPacketsHaveItLookCloselyAgain) {
    HandshakeProbe probe;
    probe.on_packets(boot(10s), 1, true);
    probe.looked(boot(10005ms), 0);
    probe.looked(boot(10015ms), 0);
    probe.looked(boot(10035ms), 0);
    ASSERT_EQ(probe.due(), boot(10075ms));

    probe.on_packets(boot(10040ms), 1, true);

    EXPECT_EQ(probe.due(), boot(10045ms));
    probe.looked(boot(10045ms), 1);
    EXPECT_EQ(probe.due(), boot(10055ms));
}

TEST(HandshakeProbe, NoiseDoesNotMakeItLookMoreOften) {
    HandshakeProbe probe;
    probe.on_packets(boot(10s), 1, true);
    probe.looked(boot(10005ms), 0);

    probe.on_packets(boot(10010ms), 1000, false);

    EXPECT_EQ(probe.due(), boot(10015ms));
    probe.looked(boot(14900ms), 0);
    EXPECT_NE(probe.due(), std::nullopt); // the patience is that of the last packet
}

TEST(HandshakeProbe, AReadingForAnotherReasonCounts) {
    HandshakeProbe probe;
    probe.on_packets(boot(10s), 1, true);

    probe.looked(boot(10002ms), 0);
    EXPECT_EQ(probe.due(), boot(10005ms));
    probe.looked(boot(10003ms), 1);
    EXPECT_EQ(probe.due(), std::nullopt);
}

TEST(PacketRateLimiter, IsShortForHonestPackets) {
    PacketRateLimiter limiter;
    for (Boottime now = boot(10s); now < boot(20s); now += 100ms) {
        limiter.on_packets(now, 2);
        EXPECT_EQ(limiter.until(), now + 20ms);
        EXPECT_FALSE(limiter.noisy());
        limiter.found(1); // repeated once
        limiter.end();
    }
}

TEST(PacketRateLimiter, DoublesUpToItsLimitWhileNothingIsFound) {
    PacketRateLimiter limiter;
    Boottime now = boot(10s);
    std::vector<std::chrono::nanoseconds> lengths;
    for (int i = 0; i < 8; ++i) {
        limiter.on_packets(now, 100);
        lengths.push_back(*limiter.until() - now);
        now = *limiter.until();
        limiter.end();
    }

    EXPECT_EQ(lengths, (std::vector<std::chrono::nanoseconds>{20ms, 40ms, 80ms, 160ms, 320ms, 640ms,
                                                              800ms, 800ms}));
    EXPECT_TRUE(limiter.noisy());
}

TEST(PacketRateLimiter, AFewHandshakesInAFloodDoNotShortenIt) {
    PacketRateLimiter limiter;
    limiter.on_packets(boot(10s), 100);
    limiter.on_packets(boot(10s + 20ms), 100);
    limiter.found(8);

    limiter.on_packets(boot(10s + 60ms), 100);

    EXPECT_EQ(limiter.until(), boot(10s + 140ms));
}

TEST(PacketRateLimiter, SilenceMakesGood) {
    PacketRateLimiter limiter;
    limiter.on_packets(boot(10s), 100);
    limiter.on_packets(boot(10s + 20ms), 100);
    limiter.end();

    limiter.on_packets(boot(20s), 1);

    EXPECT_EQ(limiter.until(), boot(20s + 20ms));
}

TEST(PacketRateLimiter, MayEndAsSoonAsEverythingWasFound) {
    PacketRateLimiter limiter;
    EXPECT_FALSE(limiter.may_end());
    limiter.on_packets(boot(10s), 2);
    limiter.found(1);
    EXPECT_FALSE(limiter.may_end());
    limiter.found(1);
    EXPECT_TRUE(limiter.may_end());
    limiter.end();
    EXPECT_FALSE(limiter.pausing());
    EXPECT_EQ(limiter.until(), std::nullopt);
}

TEST(MissedHandshakeDetector, TrustsWhatAnnouncesEveryHandshake) {
    MissedHandshakeDetector detector;
    for (int i = 0; i < 10; ++i) {
        detector.on_packets(1);
        EXPECT_EQ(detector.found(1), 0U);
    }
    EXPECT_FALSE(detector.misses());
}

TEST(MissedHandshakeDetector, CountsWhatNothingAnnounced) {
    MissedHandshakeDetector detector;
    detector.on_packets(1);

    EXPECT_EQ(detector.found(3), 2U);
    EXPECT_TRUE(detector.misses());
}

TEST(MissedHandshakeDetector, IsTrustedAgainAfterThreeThatWereAnnounced) {
    MissedHandshakeDetector detector;
    EXPECT_EQ(detector.found(1), 1U);
    for (unsigned i = 0; i < MissedHandshakeDetector::trusted_after; ++i) {
        EXPECT_TRUE(detector.misses());
        detector.on_packets(1);
        detector.found(0);
        EXPECT_EQ(detector.found(1), 0U);
    }
    EXPECT_FALSE(detector.misses());
}

TEST(MissedHandshakeDetector, RepeatedInitiationsAreNotKeptForEver) {
    MissedHandshakeDetector detector;
    detector.on_packets(1'000'000);

    EXPECT_EQ(detector.found(2000), 2000 - MissedHandshakeDetector::most_received);
}

} // namespace
} // namespace wgnl::daemon
