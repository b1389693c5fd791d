// SPDX-License-Identifier: LGPL-2.1-or-later
// How a peer's state follows from what is observed, and the laws that hold for any life of it.
#include <wgnl/state.hpp>

#include <algorithm>
#include <initializer_list>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "watched_peer.hpp"

namespace wgnl {
namespace {

using enum PeerState;

using std::chrono::nanoseconds;
using tests::boot;
using tests::s;
using tests::tick;
using Peer = tests::WatchedPeer;

Peer seen(Peer peer) {
    peer.read();
    return peer;
}

TEST(State, names) {
    EXPECT_EQ(to_string(absent), "absent");
    EXPECT_EQ(to_string(handshaking), "handshaking");
    EXPECT_EQ(to_string(never), "never");
    EXPECT_EQ(to_string(static_cast<PeerState>(250)), "never");
}

TEST(State, first_row_that_applies) {
    EXPECT_EQ(seen(Peer().live(false).up(false)).state(), absent);
    EXPECT_EQ(seen(Peer().up(false).keepalive(1)).state(s(10000)), down);
    EXPECT_EQ(seen(Peer().shakes()).state(), established);
    EXPECT_EQ(seen(Peer().shakes()).state(s(180)), idle);
    EXPECT_EQ(seen(Peer()).state(), never);
    EXPECT_EQ(seen(Peer()).state(s(100000)), never);
}

TEST(State, established_ends_at_180_seconds) {
    const Peer peer = seen(Peer().shakes());
    EXPECT_EQ(peer.state(s(180) - tick), established);
    EXPECT_EQ(peer.state(s(180)), idle);
    EXPECT_EQ(peer.deadline(), s(180));
    EXPECT_EQ(peer.after(s(180)).deadline, std::nullopt);
}

TEST(State, wanted_without_handshake_is_unreachable_after_100_seconds) {
    const Peer peer = seen(Peer().keepalive(25));
    EXPECT_EQ(peer.state(s(100)), never);
    EXPECT_EQ(peer.state(s(100) + tick), unreachable);
    EXPECT_EQ(peer.deadline(), s(100) + tick);
    EXPECT_EQ(seen(Peer().keepalive(65535)).state(s(100) + tick), unreachable);
}

TEST(State, wanted_with_old_handshake_is_unreachable_after_a_missed_round) {
    const Peer peer = seen(Peer().keepalive(25).shakes());
    EXPECT_EQ(peer.state(s(180)), idle);
    EXPECT_EQ(peer.state(s(180 + 25 + 15)), idle);
    EXPECT_EQ(peer.state(s(180 + 25 + 15) + tick), unreachable);
    EXPECT_EQ(peer.after(s(180)).deadline, peer.now.at + s(220) + tick);
}

TEST(State, not_wanted_is_never_unreachable_by_age) {
    EXPECT_EQ(seen(Peer().keepalive(25).endpoint(false)).state(s(5000)), never);
    EXPECT_EQ(seen(Peer().keepalive(0)).state(s(5000)), never);
    EXPECT_EQ(seen(Peer().keepalive(25).endpoint(false).shakes()).state(s(5000)), idle);
}

TEST(State, a_peer_first_seen_with_a_young_handshake_is_established) {
    Peer peer = Peer().shakes().passes(s(30));
    EXPECT_FALSE(peer.read());
    EXPECT_EQ(peer.state(), established);
    EXPECT_EQ(peer.deadline(), s(150));
}

TEST(State, unanswered_begins_at_15_seconds) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(1)).sends(128).read();
    peer.passes(s(14) - tick).read();
    EXPECT_FALSE(peer.stalled());
    EXPECT_EQ(peer.deadline(), tick);
    EXPECT_TRUE(peer.stalled(tick));
    EXPECT_EQ(peer.state(tick), established);
}

TEST(State, an_answer_ends_silence) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(1)).sends(128).read();
    EXPECT_FALSE(peer.stalled());
    peer.passes(s(14)).read();
    EXPECT_TRUE(peer.stalled());
    peer.passes(s(1)).receives(128).read();
    EXPECT_FALSE(peer.stalled());
    EXPECT_FALSE(peer.stalled(s(100)));
}

TEST(State, what_was_sent_in_a_long_interval_may_just_have_been_sent) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(10000)).sends(148).read();
    EXPECT_EQ(peer.state(), idle);
    EXPECT_EQ(peer.deadline(), s(14));
    EXPECT_EQ(peer.state(s(14) - tick), idle);
    EXPECT_EQ(peer.state(s(14)), handshaking);
    EXPECT_EQ(peer.state(s(99) - tick), handshaking);
    EXPECT_EQ(peer.state(s(99)), unreachable);
}

TEST(State, keepalives_due_are_no_traffic) {
    struct Row {
        std::uint16_t keepalive;
        long interval;
        std::uint64_t sent;
        bool stalled;
    };
    // One more than fits: on the edge, or the one that follows received data.
    for (const Row& row : std::initializer_list<Row>{{25, 100, 160, false},
                                                     {25, 100, 161, true},
                                                     {25, 99, 128, false},
                                                     {25, 99, 129, true},
                                                     {0, 100, 32, false},
                                                     {0, 100, 33, true},
                                                     {25, 100, 0, false}}) {
        Peer peer = seen(Peer().keepalive(row.keepalive).shakes());
        peer.passes(s(row.interval)).sends(row.sent).read();
        EXPECT_FALSE(peer.stalled());
        EXPECT_EQ(peer.stalled(s(14)), row.stalled) << row.keepalive << ' ' << row.sent;
    }
}

TEST(State, unanswered_for_100_seconds_is_unreachable_though_the_session_is_young) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(1)).sends(148).read();
    EXPECT_EQ(peer.state(s(99) - tick), established);
    EXPECT_EQ(peer.state(s(99)), unreachable);
}

TEST(State, what_gave_up_comes_back_by_a_handshake_only) {
    Peer peer = seen(Peer());
    peer.passes(s(1)).sends(148).read();
    peer.passes(s(99)).sends(2000).read();
    ASSERT_EQ(peer.state(), unreachable);
    peer.passes(s(1)).receives(32).read();
    EXPECT_EQ(peer.state(), unreachable);
    peer.passes(s(1)).shakes().read();
    EXPECT_EQ(peer.state(), established);
}

TEST(State, what_gave_up_rests_after_180_quiet_seconds) {
    Peer peer = seen(Peer());
    peer.passes(s(1)).sends(148).read();
    peer.passes(s(99)).sends(2000).read();
    EXPECT_EQ(peer.deadline(), s(180));
    EXPECT_EQ(peer.state(s(180) - tick), unreachable);
    EXPECT_EQ(peer.state(s(180)), never);
    peer.passes(s(180)).read();
    EXPECT_EQ(peer.state(), never);
    EXPECT_EQ(peer.deadline(), std::nullopt);
    peer.passes(s(1)).sends(148).read();
    EXPECT_EQ(peer.state(), never) << "a new attempt begins from the start";
    EXPECT_EQ(peer.deadline(), s(14));
}

TEST(State, sending_on_keeps_what_gave_up) {
    Peer peer = seen(Peer());
    peer.passes(s(1)).sends(148).read();
    peer.passes(s(99)).sends(2000).read();
    peer.passes(s(180)).sends(148).read();
    EXPECT_EQ(peer.state(), unreachable);
}

TEST(State, a_link_that_came_up_makes_old_handshakes_stale) {
    Peer peer = seen(Peer().keepalive(25).shakes());
    peer.passes(s(1)).up(false).read();
    EXPECT_EQ(peer.state(), down);
    peer.passes(s(1)).up(true).read();
    EXPECT_EQ(peer.state(), idle);
    EXPECT_EQ(peer.state(s(220)), idle);
    EXPECT_EQ(peer.state(s(220) + tick), unreachable);
}

TEST(State, a_handshake_made_before_the_link_was_read_again_counts) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(1)).up(false).read();
    peer.passes(s(5)).up(true).shakes().passes(s(2)).read();
    EXPECT_EQ(peer.state(), established);
    EXPECT_EQ(peer.deadline(), s(178));
}

TEST(State, renewal_makes_handshakes_stale_and_begins_anew) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(1)).sends(128).read();
    peer.passes(s(14)).read();
    ASSERT_TRUE(peer.stalled());
    peer.renewed();
    EXPECT_EQ(peer.state(), idle);
    EXPECT_EQ(peer.state(s(100)), idle);
    peer.passes(s(1)).shakes().read();
    EXPECT_EQ(peer.state(), established);
}

TEST(State, a_handshake_at_the_moment_of_renewal_is_not_later) {
    Peer peer = seen(Peer().shakes());
    peer.renewed();
    EXPECT_EQ(peer.state(), idle);
}

TEST(State, recreation_is_noticed) {
    const Peer base = seen(Peer().shakes().sends(1000).receives(1000));
    const auto recreated = [&](auto change) {
        Peer peer = base;
        peer.passes(s(1));
        change(peer.now);
        const bool noticed = peer.read();
        return noticed && peer.track().since == peer.now.at;
    };
    EXPECT_FALSE(recreated([](Observation&) {}));
    EXPECT_TRUE(recreated([](Observation& seen) { seen.rx_bytes -= 1; }));
    EXPECT_TRUE(recreated([](Observation& seen) { seen.tx_bytes -= 1; }));
    EXPECT_TRUE(recreated([](Observation& seen) { seen.handshake.reset(); }));
}

TEST(State, a_recreated_peer_with_a_handshake_of_its_own_is_established) {
    Peer peer = seen(Peer().shakes().sends(1000).receives(1000));
    peer.passes(s(60));
    peer.now.rx_bytes = peer.now.tx_bytes = 0;
    peer.shakes().passes(s(2));
    EXPECT_TRUE(peer.read());
    EXPECT_EQ(peer.state(), established);
}

TEST(State, a_peer_that_was_gone_is_a_new_one) {
    Peer peer = seen(Peer().keepalive(25));
    peer.passes(s(90)).live(false);
    EXPECT_FALSE(peer.read());
    EXPECT_EQ(peer.state(), absent);
    EXPECT_EQ(peer.deadline(), std::nullopt);
    peer.passes(s(60)).live(true);
    EXPECT_TRUE(peer.read());
    EXPECT_EQ(peer.state(s(100)), never);
    EXPECT_EQ(peer.state(s(100) + tick), unreachable);
}

TEST(State, a_wish_after_a_long_time_is_no_failure_at_once) {
    Peer peer = seen(Peer().endpoint(false));
    peer.passes(s(500)).keepalive(25).read();
    EXPECT_EQ(peer.deadline(), std::nullopt) << "without an endpoint nothing is awaited";
    peer.passes(s(500)).endpoint(true).read();
    EXPECT_EQ(peer.state(), never);
    EXPECT_EQ(peer.deadline(), s(100) + tick);
}

TEST(State, a_late_wish_leaves_a_session_established) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(60)).keepalive(25).read();
    EXPECT_EQ(peer.state(), established);
    EXPECT_EQ(peer.deadline(), s(120));
    EXPECT_EQ(peer.state(s(180 + 25 + 15)), idle);
    EXPECT_EQ(peer.state(s(180 + 25 + 15) + tick), unreachable);
}

TEST(State, a_wish_that_was_dropped_begins_anew) {
    Peer peer = seen(Peer().keepalive(25));
    peer.passes(s(90)).keepalive(0).read();
    EXPECT_EQ(peer.deadline(), std::nullopt);
    peer.passes(s(1000)).keepalive(25).read();
    EXPECT_EQ(peer.state(), never);
    EXPECT_EQ(peer.deadline(), s(100) + tick);
}

TEST(State, an_hour_of_sleep_is_no_failure_of_the_peer) {
    Peer peer = seen(Peer().keepalive(25).shakes());
    peer.passes(s(3600)); // the boot-time clock goes on while the machine sleeps
    EXPECT_EQ(peer.state(), unreachable) << "what it would be if nobody said so";
    peer.renewed();
    peer.read();
    EXPECT_EQ(peer.state(), idle);
    EXPECT_EQ(peer.deadline(), s(180 + 25 + 15) + tick);
    peer.passes(s(1)).shakes().read();
    EXPECT_EQ(peer.state(), established);
}

// The kernel stamps handshakes with a clock that may be stepped.

constexpr Moment noon{.boot = boot(s(5000)), .real = s(1'700'000'000)};

TEST(HandshakeTime, is_as_long_ago_on_either_clock) {
    EXPECT_EQ(handshake_time(noon.real - s(30), noon), noon.boot - s(30));
    EXPECT_EQ(handshake_time(noon.real - s(30), noon, noon.boot - s(60)), noon.boot - s(30));
    EXPECT_EQ(handshake_time(noon.real, noon), noon.boot);
}

TEST(HandshakeTime, is_never_in_the_future_though_the_clock_was_set_back) {
    EXPECT_EQ(handshake_time(noon.real + s(3600), noon), noon.boot);
    EXPECT_EQ(handshake_time(noon.real + s(3600), noon, noon.boot - s(5)), noon.boot);
}

TEST(HandshakeTime, is_never_before_the_last_look_though_the_clock_was_set_forward) {
    EXPECT_EQ(handshake_time(noon.real - s(86400), noon, noon.boot - s(5)),
              noon.boot - s(5) + tick);
    EXPECT_EQ(handshake_time(noon.real - s(86400), noon), noon.boot - s(86400));
}

TEST(HandshakeTime, has_a_value_for_all_figures) {
    EXPECT_EQ(handshake_time(nanoseconds::min(), {Boottime::min(), nanoseconds::max()}),
              Boottime::min());
    EXPECT_EQ(handshake_time(nanoseconds::max(), {boot(s(1)), nanoseconds::min()}, boot(s(9))),
              boot(s(1)));
}

TEST(HandshakeTime, a_stepped_clock_makes_no_session_old) {
    for (const nanoseconds step : {s(-86400), s(-200), s(0), s(200), s(86400)}) {
        Peer peer = seen(Peer());
        const Boottime previous = peer.now.at;
        peer.passes(s(10));
        const Moment stepped{peer.now.at, noon.real + step};
        peer.now.handshake = handshake_time(noon.real - s(3), stepped, previous);
        peer.receives(92).read();
        EXPECT_EQ(peer.state(), established) << step.count();
        EXPECT_EQ(peer.state(s(180)), idle) << step.count();
    }
}

// Laws.

Boottime arbitrary_time() { return boot(nanoseconds{*rc::gen::arbitrary<nanoseconds::rep>()}); }

Observation arbitrary_observation() {
    using namespace rc;
    Observation seen;
    seen.at = arbitrary_time();
    seen.live = *gen::weightedElement<bool>({{5, true}, {1, false}});
    seen.link_up = *gen::weightedElement<bool>({{5, true}, {1, false}});
    seen.endpoint_known = *gen::arbitrary<bool>();
    seen.keepalive = *gen::arbitrary<std::uint16_t>();
    if (*gen::arbitrary<bool>())
        seen.handshake = arbitrary_time();
    seen.rx_bytes = *gen::arbitrary<std::uint64_t>();
    seen.tx_bytes = *gen::arbitrary<std::uint64_t>();
    return seen;
}

RC_GTEST_PROP(StateLaw, any_track_gives_a_state, ()) {
    PeerTrack track;
    for (int i = 0; i < 4; ++i) {
        const Observation seen = arbitrary_observation();
        observe(track, seen);
        const Judgement result = judge(track, seen, arbitrary_time());
        RC_ASSERT(to_string(result.state).size() > 0U);
        RC_ASSERT(!result.stalled || result.state == established);
        RC_ASSERT(seen.live == (result.state != absent));
    }
}

PeerTrack arbitrary_track() {
    using namespace rc;
    const auto perhaps = [&] {
        return *gen::arbitrary<bool>() ? std::optional{arbitrary_time()} : std::nullopt;
    };
    PeerTrack track{.since = arbitrary_time(), .at = arbitrary_time(), .handshake = perhaps()};
    track.wanted_since = arbitrary_time();
    track.wanted_every = *gen::arbitrary<std::uint16_t>();
    track.silent_since = perhaps();
    track.last_sent = perhaps();
    track.gave_up = *gen::arbitrary<bool>();
    return track;
}

RC_GTEST_PROP(StateLaw, any_track_at_all_keeps_to_its_deadline, ()) {
    const PeerTrack track = arbitrary_track();
    const Observation last = arbitrary_observation();
    const Boottime now = arbitrary_time();
    const Judgement first = judge(track, last, now);
    const Boottime end = first.deadline.value_or(Boottime::max());
    RC_ASSERT(end > now || !first.deadline);
    const Boottime later = std::max(now, std::min(end - tick, arbitrary_time()));
    const Judgement then = judge(track, last, later);
    RC_ASSERT((then.state == first.state && then.stalled == first.stalled));
    RC_ASSERT(then.deadline == first.deadline);
}

/// A plausible life: time goes on, counters grow, handshakes happen.
Peer arbitrary_life() {
    using rc::gen::inRange;
    Peer peer;
    peer.keepalive(*rc::gen::element<std::uint16_t>(0, 5, 25, 300)).read();
    const int steps = *inRange(0, 12);
    for (int i = 0; i < steps; ++i) {
        peer.passes(nanoseconds{*inRange<nanoseconds::rep>(0, s(200).count())});
        peer.sends(*rc::gen::element<std::uint64_t>(0, 32, 148, 5000));
        peer.receives(*rc::gen::element<std::uint64_t>(0, 0, 32));
        if (*inRange(0, 4) == 0)
            peer.shakes();
        peer.up(*inRange(0, 8) != 0).read();
    }
    return peer;
}

RC_GTEST_PROP(StateLaw, nothing_changes_before_the_deadline, ()) {
    const Peer peer = arbitrary_life();
    const Judgement first = peer.after(nanoseconds::zero());
    const nanoseconds end = first.deadline ? *first.deadline - peer.now.at : s(1'000'000);
    RC_ASSERT(end > nanoseconds::zero());
    const nanoseconds later{*rc::gen::inRange<nanoseconds::rep>(0, end.count())};
    RC_ASSERT(peer.state(later) == first.state);
    RC_ASSERT(peer.stalled(later) == first.stalled);
    if (first.deadline) {
        const Judgement then = peer.after(end);
        RC_ASSERT(then.state != first.state || then.stalled != first.stalled);
    }
}

RC_GTEST_PROP(StateLaw, deadlines_run_out, ()) {
    const Peer peer = arbitrary_life();
    Judgement current = peer.after(nanoseconds::zero());
    for (int i = 0; i < 6 && current.deadline; ++i)
        current = peer.after(*current.deadline - peer.now.at);
    RC_ASSERT(!current.deadline.has_value());
}

} // namespace
} // namespace wgnl
