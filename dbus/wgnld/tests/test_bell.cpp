// SPDX-License-Identifier: LGPL-2.1-or-later
// What follows when the bell rings: looking, resting, and doubting it.
#include <algorithm>

#include <gtest/gtest.h>

#include "handshake/hearing.hpp"
#include "handshake/listening.hpp"
#include "handshake/rest.hpp"

namespace wgnl::daemon {
namespace {

using namespace std::chrono_literals;

TEST(Listening, NothingIsDueBeforeItRings) { EXPECT_EQ(Listening().due(), std::nullopt); }

TEST(Listening, LooksAfterFiveMillisecondsThenTwiceAsLate) {
    Listening listening;
    listening.rang(10s, 1, true);
    std::vector<Boottime> gaps;
    for (Boottime at = 10s; listening.due(); at += gaps.back()) {
        gaps.push_back(*listening.due() - at);
        listening.looked(*listening.due(), 0);
    }

    const std::vector<Boottime> begin{5ms, 10ms, 20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 640ms};
    ASSERT_GT(gaps.size(), begin.size());
    EXPECT_TRUE(std::equal(begin.begin(), begin.end(), gaps.begin()));
    Boottime sum{};
    for (const auto gap : gaps)
        sum += gap;
    EXPECT_GE(sum, 5s);
    EXPECT_LE(sum, 5s + Listening::longest);
}

TEST(Listening, EndsWhenEverythingWasFound) {
    Listening listening;
    listening.rang(10s, 2, true);

    listening.looked(10005ms, 1);
    EXPECT_EQ(listening.due(), 10015ms);
    listening.looked(10015ms, 1);
    EXPECT_EQ(listening.due(), std::nullopt);
}

TEST(Listening, AnotherRingLooksCloselyAgain) {
    Listening listening;
    listening.rang(10s, 1, true);
    listening.looked(10005ms, 0);
    listening.looked(10015ms, 0);
    listening.looked(10035ms, 0);
    ASSERT_EQ(listening.due(), 10075ms);

    listening.rang(10040ms, 1, true);

    EXPECT_EQ(listening.due(), 10045ms);
    listening.looked(10045ms, 1);
    EXPECT_EQ(listening.due(), 10055ms);
}

TEST(Listening, NoiseDoesNotMakeItLookMoreOften) {
    Listening listening;
    listening.rang(10s, 1, true);
    listening.looked(10005ms, 0);

    listening.rang(10010ms, 1000, false);

    EXPECT_EQ(listening.due(), 10015ms);
    listening.looked(14900ms, 0);
    EXPECT_NE(listening.due(), std::nullopt); // the patience is that of the last ring
}

TEST(Listening, AReadingForAnotherReasonCounts) {
    Listening listening;
    listening.rang(10s, 1, true);

    listening.looked(10002ms, 0);
    EXPECT_EQ(listening.due(), 10005ms);
    listening.looked(10003ms, 1);
    EXPECT_EQ(listening.due(), std::nullopt);
}

TEST(BellRest, IsShortForHonestRings) {
    BellRest rest;
    for (Boottime now = 10s; now < 20s; now += 100ms) {
        rest.rang(now, 2);
        EXPECT_EQ(rest.until(), now + 20ms);
        EXPECT_FALSE(rest.noisy());
        rest.found(1); // repeated once
        rest.end();
    }
}

TEST(BellRest, DoublesUpToItsLimitWhileNothingIsFound) {
    BellRest rest;
    Boottime now = 10s;
    std::vector<Boottime> lengths;
    for (int i = 0; i < 8; ++i) {
        rest.rang(now, 100);
        lengths.push_back(*rest.until() - now);
        now = *rest.until();
        rest.end();
    }

    EXPECT_EQ(lengths,
              (std::vector<Boottime>{20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 800ms, 800ms}));
    EXPECT_TRUE(rest.noisy());
}

TEST(BellRest, AFewHandshakesInAFloodDoNotShortenIt) {
    BellRest rest;
    rest.rang(10s, 100);
    rest.rang(10s + 20ms, 100);
    rest.found(8);

    rest.rang(10s + 60ms, 100);

    EXPECT_EQ(rest.until(), 10s + 140ms);
}

TEST(BellRest, SilenceMakesGood) {
    BellRest rest;
    rest.rang(10s, 100);
    rest.rang(10s + 20ms, 100);
    rest.end();

    rest.rang(20s, 1);

    EXPECT_EQ(rest.until(), 20s + 20ms);
}

TEST(BellRest, MayEndAsSoonAsEverythingWasFound) {
    BellRest rest;
    EXPECT_FALSE(rest.may_end());
    rest.rang(10s, 2);
    rest.found(1);
    EXPECT_FALSE(rest.may_end());
    rest.found(1);
    EXPECT_TRUE(rest.may_end());
    rest.end();
    EXPECT_FALSE(rest.resting());
    EXPECT_EQ(rest.until(), std::nullopt);
}

TEST(Hearing, TrustsWhatAnnouncesEveryHandshake) {
    Hearing hearing;
    for (int i = 0; i < 10; ++i) {
        hearing.rang(1);
        EXPECT_EQ(hearing.found(1), 0U);
    }
    EXPECT_FALSE(hearing.deaf());
}

TEST(Hearing, CountsWhatNothingAnnounced) {
    Hearing hearing;
    hearing.rang(1);

    EXPECT_EQ(hearing.found(3), 2U);
    EXPECT_TRUE(hearing.deaf());
}

TEST(Hearing, IsTrustedAgainAfterThreeThatWereAnnounced) {
    Hearing hearing;
    EXPECT_EQ(hearing.found(1), 1U);
    for (unsigned i = 0; i < Hearing::trusted_after; ++i) {
        EXPECT_TRUE(hearing.deaf());
        hearing.rang(1);
        hearing.found(0);
        EXPECT_EQ(hearing.found(1), 0U);
    }
    EXPECT_FALSE(hearing.deaf());
}

TEST(Hearing, RepeatedInitiationsAreNotKeptForEver) {
    Hearing hearing;
    hearing.rang(1'000'000);

    EXPECT_EQ(hearing.found(2000), 2000 - Hearing::most_heard);
}

} // namespace
} // namespace wgnl::daemon
