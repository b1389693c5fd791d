// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of peer states: every row and boundary, and what real kernels were seen to do.
#include <wgnl/state.hpp>

#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wgnl {
namespace {

using std::chrono::seconds;
using enum PeerState;

constexpr Boottime tick{1};
constexpr Boottime s(long count) { return seconds{count}; }

/// A peer whose figures the tests set one by one, and what is made of them.
class Peer {
public:
    Observation now{};

    Peer() {
        now.at = s(1000);
        now.endpoint_known = true;
    }
    Peer& keepalive(std::uint16_t every) { return now.keepalive = every, *this; }
    Peer& endpoint(bool known) { return now.endpoint_known = known, *this; }
    Peer& up(bool state) { return now.link_up = state, *this; }
    Peer& live(bool state) { return now.live = state, *this; }
    Peer& sends(std::uint64_t bytes) { return now.tx_bytes += bytes, *this; }
    Peer& receives(std::uint64_t bytes) { return now.rx_bytes += bytes, *this; }
    /// A handshake that we started and that was answered, just now.
    Peer& shakes() { return now.handshake = now.at, sends(148), receives(92); }
    Peer& passes(Boottime time) { return now.at += time, *this; }

    bool read() { return observe(track_, now); }
    Judgement after(Boottime time) const { return judge(track_, now, now.at + time); }
    PeerState state(Boottime time = Boottime::zero()) const { return after(time).state; }
    bool stalled(Boottime time = Boottime::zero()) const { return after(time).stalled; }
    std::optional<Boottime> deadline() const {
        const auto at = after(Boottime::zero()).deadline;
        return at ? std::optional{*at - now.at} : std::nullopt;
    }
    const PeerTrack& track() const { return track_; }
    void renewed() { renew(track_, now.at); }

private:
    PeerTrack track_{};
};

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
    peer.passes(s(15) - tick).sends(128).read();
    EXPECT_FALSE(peer.stalled());
    EXPECT_EQ(peer.deadline(), tick);
    EXPECT_TRUE(peer.stalled(tick));
    EXPECT_EQ(peer.state(tick), established);
}

TEST(State, an_answer_ends_silence) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(15)).sends(128).read();
    EXPECT_TRUE(peer.stalled());
    peer.passes(s(1)).receives(128).read();
    EXPECT_FALSE(peer.stalled());
    EXPECT_FALSE(peer.stalled(s(100)));
}

TEST(State, a_long_interval_says_no_more_than_15_seconds_of_silence) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(10000)).sends(148).read();
    EXPECT_EQ(peer.state(), handshaking);
    EXPECT_EQ(peer.state(s(85) - tick), handshaking);
    EXPECT_EQ(peer.state(s(85)), unreachable);
    EXPECT_EQ(peer.deadline(), s(85));
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
        EXPECT_EQ(peer.stalled(), row.stalled) << row.keepalive << ' ' << row.sent;
    }
}

TEST(State, unanswered_for_100_seconds_is_unreachable_though_the_session_is_young) {
    Peer peer = seen(Peer().shakes());
    peer.passes(s(5)).sends(148).read();
    EXPECT_EQ(peer.state(s(95) - tick), established);
    EXPECT_EQ(peer.state(s(95)), unreachable);
}

TEST(State, what_gave_up_comes_back_by_a_handshake_only) {
    Peer peer = seen(Peer());
    peer.passes(s(5)).sends(148).read();
    peer.passes(s(95)).sends(2000).read();
    ASSERT_EQ(peer.state(), unreachable);
    peer.passes(s(1)).receives(32).read();
    EXPECT_EQ(peer.state(), unreachable);
    peer.passes(s(1)).shakes().read();
    EXPECT_EQ(peer.state(), established);
}

TEST(State, what_gave_up_rests_after_180_quiet_seconds) {
    Peer peer = seen(Peer());
    peer.passes(s(5)).sends(148).read();
    peer.passes(s(95)).sends(2000).read();
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
    peer.passes(s(5)).sends(148).read();
    peer.passes(s(95)).sends(2000).read();
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
    peer.passes(s(15)).sends(128).read();
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

// What kernel 6.12 was seen to do.

TEST(Observed, dead_peer_under_a_ping_every_second) {
    Peer peer = seen(Peer().shakes());
    std::vector<PeerState> states;
    for (long at = 5; at <= 145; at += 5) {
        peer.passes(s(5)).sends(at <= 15 ? 640 : 788).read();
        states.push_back(peer.state());
        EXPECT_EQ(peer.stalled(), at >= 15 && at < 100) << at;
    }
    for (std::size_t i = 0; i < states.size(); ++i)
        EXPECT_EQ(states[i], (i + 1) * 5 < 100 ? established : unreachable) << (i + 1) * 5;
}

TEST(Observed, one_ping_to_nobody) {
    Peer peer = seen(Peer());
    for (long at = 5; at <= 100; at += 5) {
        peer.passes(s(5)).sends(148).read();
        EXPECT_EQ(peer.state(), at < 15 ? never : at < 100 ? handshaking : unreachable) << at;
    }
    EXPECT_EQ(peer.now.tx_bytes, 2960U);
    EXPECT_EQ(peer.state(s(180) - tick), unreachable);
    peer.passes(s(180)).read();
    EXPECT_EQ(peer.state(), never);
}

TEST(Observed, keepalive_without_a_route) {
    Peer peer = seen(Peer().keepalive(5));
    for (long at = 5; at <= 100; at += 5) {
        peer.passes(s(5)).read();
        EXPECT_EQ(peer.state(), never) << at;
    }
    peer.passes(tick).read();
    EXPECT_EQ(peer.state(), unreachable);
    peer.passes(s(100000)).read();
    EXPECT_EQ(peer.state(), unreachable);
}

TEST(Observed, link_down_and_up_keeps_the_handshake_time) {
    Peer peer = seen(Peer().shakes());
    const auto handshake = peer.now.handshake;
    peer.passes(s(10)).up(false).read();
    peer.passes(s(10)).up(true).read();
    EXPECT_EQ(peer.now.handshake, handshake);
    EXPECT_EQ(peer.state(), idle);
}

TEST(Observed, keepalive_300_reaches_ages_of_310_seconds) {
    Peer peer = seen(Peer().keepalive(300).shakes());
    for (int round = 0; round < 3; ++round) {
        peer.passes(s(180)).read();
        EXPECT_EQ(peer.state(), idle);
        peer.passes(s(130)).read();
        EXPECT_EQ(peer.state(), idle);
        peer.shakes().read();
        EXPECT_EQ(peer.state(), established);
    }
    EXPECT_EQ(peer.state(s(495)), idle);
    EXPECT_EQ(peer.state(s(495) + tick), unreachable);
}

// Laws.

Observation arbitrary_observation() {
    using namespace rc;
    Observation seen;
    seen.at = Boottime{*gen::arbitrary<Boottime::rep>()};
    seen.live = *gen::weightedElement<bool>({{5, true}, {1, false}});
    seen.link_up = *gen::weightedElement<bool>({{5, true}, {1, false}});
    seen.endpoint_known = *gen::arbitrary<bool>();
    seen.keepalive = *gen::arbitrary<std::uint16_t>();
    if (*gen::arbitrary<bool>())
        seen.handshake = Boottime{*gen::arbitrary<Boottime::rep>()};
    seen.rx_bytes = *gen::arbitrary<std::uint64_t>();
    seen.tx_bytes = *gen::arbitrary<std::uint64_t>();
    return seen;
}

RC_GTEST_PROP(StateLaw, any_track_gives_a_state, ()) {
    PeerTrack track;
    for (int i = 0; i < 4; ++i) {
        const Observation seen = arbitrary_observation();
        observe(track, seen);
        const Judgement result = judge(track, seen, Boottime{*rc::gen::arbitrary<Boottime::rep>()});
        RC_ASSERT(to_string(result.state).size() > 0U);
        RC_ASSERT(!result.stalled || result.state == established);
        RC_ASSERT(seen.live == (result.state != absent));
    }
}

/// A plausible life: time goes on, counters grow, handshakes happen.
Peer arbitrary_life() {
    using rc::gen::inRange;
    Peer peer;
    peer.keepalive(*rc::gen::element<std::uint16_t>(0, 5, 25, 300)).read();
    const int steps = *inRange(0, 12);
    for (int i = 0; i < steps; ++i) {
        peer.passes(Boottime{*inRange<Boottime::rep>(0, s(200).count())});
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
    const Judgement first = peer.after(Boottime::zero());
    const Boottime end = first.deadline ? *first.deadline - peer.now.at : Boottime{s(1'000'000)};
    RC_ASSERT(end > Boottime::zero());
    const Boottime later{*rc::gen::inRange<Boottime::rep>(0, end.count())};
    RC_ASSERT(peer.state(later) == first.state);
    RC_ASSERT(peer.stalled(later) == first.stalled);
    if (first.deadline) {
        const Judgement then = peer.after(end);
        RC_ASSERT(then.state != first.state || then.stalled != first.stalled);
    }
}

RC_GTEST_PROP(StateLaw, deadlines_run_out, ()) {
    const Peer peer = arbitrary_life();
    Judgement current = peer.after(Boottime::zero());
    for (int i = 0; i < 6 && current.deadline; ++i)
        current = peer.after(*current.deadline - peer.now.at);
    RC_ASSERT(!current.deadline.has_value());
}

} // namespace
} // namespace wgnl
