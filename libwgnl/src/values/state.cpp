// SPDX-License-Identifier: LGPL-2.1-or-later
// A peer's state from what was observed of it: no clock, no history beyond PeerTrack.
#include <wgnl/state.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace wgnl {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

// The protocol's own times: a session is good for 180 s; a sender without an answer waits 10 + 5 s
// before it starts a handshake, and gives that up after 20 attempts, about 100 s.
constexpr nanoseconds reject_after = seconds{180};
constexpr nanoseconds answer_due = seconds{15};
constexpr nanoseconds attempts_last = seconds{100};
/// Nobody waits longer for an answer that is still to come.
constexpr nanoseconds answer_on_its_way = seconds{1};
constexpr std::uint64_t keepalive_bytes = 32;

/// Saturating: a time and any duration have a sum.
constexpr Boottime plus(Boottime time, nanoseconds delta) {
    nanoseconds::rep sum{};
    if (!__builtin_add_overflow(time.time_since_epoch().count(), delta.count(), &sum))
        return Boottime(nanoseconds(sum));
    return delta.count() < 0 ? Boottime::min() : Boottime::max();
}

/// Saturating too, of times since the epoch of either clock; zero if `to` is not later.
constexpr nanoseconds elapsed(nanoseconds from, nanoseconds to) {
    if (to <= from)
        return nanoseconds::zero();
    nanoseconds::rep span{};
    return __builtin_sub_overflow(to.count(), from.count(), &span) ? nanoseconds::max()
                                                                   : nanoseconds(span);
}

constexpr nanoseconds elapsed(Boottime from, Boottime to) {
    return elapsed(from.time_since_epoch(), to.time_since_epoch());
}

/// One more than fits in the interval: a keepalive falls on its edge, or follows received data.
std::uint64_t keepalives_due(nanoseconds interval, std::uint16_t keepalive) {
    const std::uint64_t every =
        keepalive == 0 ? 0 : static_cast<std::uint64_t>(interval / seconds{keepalive});
    return keepalive_bytes * (every + 1);
}

bool went_backwards(const PeerTrack& track, const Observation& seen) {
    return seen.rx_bytes < track.rx_bytes || seen.tx_bytes < track.tx_bytes ||
           (track.handshake && !seen.handshake);
}

void forget_silence(PeerTrack& track) {
    track.silent_since.reset();
    track.last_sent.reset();
    track.gave_up = false;
}

/// The peer begins anew. A handshake not seen before must be younger than that beginning.
void begin(PeerTrack& track, const Observation& seen, bool new_handshake) {
    forget_silence(track);
    const Boottime from =
        new_handshake ? std::min(seen.at, plus(*seen.handshake, nanoseconds(-1))) : seen.at;
    track.since = std::max(track.since, from);
}

bool quiet_long_enough(const PeerTrack& track, Boottime now) {
    return track.last_sent && now >= plus(*track.last_sent, reject_after);
}

/// Sent bytes of the interval that nothing answered. They may all have been sent at its end, with
/// the answer on its way, so that the silence counts from there; of a short interval as a whole.
void note_silence(PeerTrack& track, const Observation& seen) {
    const std::uint64_t sent = seen.tx_bytes - track.tx_bytes;
    if (!track.silent_since && sent > keepalives_due(elapsed(track.at, seen.at), seen.keepalive))
        track.silent_since = std::max(track.at, plus(seen.at, -answer_on_its_way));
    if (track.silent_since && seen.at >= plus(*track.silent_since, attempts_last))
        track.gave_up = true;
}

void weigh_traffic(PeerTrack& track, const Observation& seen, bool new_handshake) {
    if (new_handshake)
        track.gave_up = false;
    const bool answered = new_handshake || seen.rx_bytes > track.rx_bytes;
    if (answered)
        track.silent_since.reset();
    else
        note_silence(track, seen);
    if (seen.tx_bytes > track.tx_bytes)
        track.last_sent = seen.at;
    else if (track.gave_up && quiet_long_enough(track, seen.at))
        forget_silence(track);
}

/// How often a peer should be heard of, 0 = nothing makes it speak.
std::uint16_t wanted_every(const Observation& seen) {
    return seen.link_up && seen.endpoint_known ? seen.keepalive : std::uint16_t{0};
}

/// No peer is late by what was configured a moment ago: a first interval counts from now on, and
/// the kernel may still keep to an earlier one until the next handshake.
void note_wish(PeerTrack& track, const Observation& seen, bool new_handshake) {
    const auto every = wanted_every(seen);
    if (track.wanted_every == 0)
        track.wanted_since = seen.at;
    const bool earlier_counts = every != 0 && !new_handshake;
    track.wanted_every = earlier_counts ? std::max(every, track.wanted_every) : every;
}

void remember(PeerTrack& track, const Observation& seen) {
    track.at = seen.at;
    track.handshake = seen.handshake;
    track.rx_bytes = seen.rx_bytes;
    track.tx_bytes = seen.tx_bytes;
    track.link_up = seen.link_up;
    track.live = track.known = true;
}

bool fresh(const PeerTrack& track, const Observation& last, Boottime now) {
    return last.handshake && *last.handshake > track.since &&
           now < plus(*last.handshake, reject_after);
}

/// The last moment at which a wanted peer may still be without a new handshake.
std::optional<Boottime> patience(const PeerTrack& track, const Observation& last) {
    if (wanted_every(last) == 0)
        return std::nullopt;
    const Boottime from = std::max(track.since, track.wanted_since);
    if (!last.handshake)
        return plus(from, attempts_last);
    const auto every = std::max(track.wanted_every, last.keepalive);
    return plus(std::max(*last.handshake, from), reject_after + seconds{every} + answer_due);
}

bool silent_for(const PeerTrack& track, nanoseconds span, Boottime now) {
    return track.silent_since && now >= plus(*track.silent_since, span);
}

bool given_up(const PeerTrack& track, Boottime now) {
    return track.gave_up || silent_for(track, attempts_last, now);
}

struct Assessment {
    PeerState state;
    bool stalled{false};
    bool operator==(const Assessment&) const = default;
};

Assessment assess(const PeerTrack& track, const Observation& last, Boottime now) {
    if (!last.live)
        return {PeerState::absent};
    if (!last.link_up)
        return {PeerState::down};
    const auto limit = patience(track, last);
    const bool tries = !(given_up(track, now) && quiet_long_enough(track, now));
    if ((limit && now > *limit) || (tries && given_up(track, now)))
        return {PeerState::unreachable};
    const bool unanswered = tries && silent_for(track, answer_due, now);
    if (fresh(track, last, now))
        return {PeerState::established, unanswered};
    if (unanswered)
        return {PeerState::handshaking};
    return {last.handshake ? PeerState::idle : PeerState::never};
}

/// Every moment at which one of the rules above changes by itself.
std::array<std::optional<Boottime>, 5> turning_points(const PeerTrack& track,
                                                      const Observation& last) {
    const auto after = [](const std::optional<Boottime>& time, nanoseconds span) {
        return time ? std::optional{plus(*time, span)} : std::nullopt;
    };
    return {after(last.handshake, reject_after), after(patience(track, last), nanoseconds(1)),
            after(track.silent_since, answer_due), after(track.silent_since, attempts_last),
            after(track.last_sent, reject_after)};
}

std::optional<Boottime> next_change(const PeerTrack& track, const Observation& last, Boottime now,
                                    const Assessment& current) {
    auto points = turning_points(track, last);
    std::ranges::sort(points);
    for (const auto& point : points)
        if (point && *point > now && assess(track, last, *point) != current)
            return point;
    return std::nullopt;
}

} // namespace

std::string_view to_string(PeerState state) {
    static constexpr std::array<std::string_view, 7> names{
        "absent", "down", "unreachable", "established", "handshaking", "idle", "never"};
    const auto index = static_cast<std::size_t>(state);
    return index < names.size() ? names[index] : "never";
}

Boottime handshake_time(nanoseconds stamp, const Moment& now, std::optional<Boottime> previous) {
    const nanoseconds age = elapsed(stamp, now.real);
    const Boottime computed = std::min(now.boot, plus(now.boot, -age));
    return previous ? std::min(now.boot, std::max(plus(*previous, nanoseconds(1)), computed))
                    : computed;
}

bool sent_data(const PeerTrack& track, const Observation& seen) {
    if (!seen.live || !seen.link_up || !seen.endpoint_known)
        return false;
    if (!track.live || !track.link_up)
        return seen.handshake && seen.at < plus(*seen.handshake, reject_after);
    const bool new_handshake = seen.handshake && seen.handshake != track.handshake;
    return new_handshake || (seen.tx_bytes > track.tx_bytes &&
                             seen.tx_bytes - track.tx_bytes >
                                 keepalives_due(elapsed(track.at, seen.at), seen.keepalive));
}

bool observe(PeerTrack& track, const Observation& seen) {
    if (!seen.live) {
        track.live = false;
        return false;
    }
    const bool recreated = track.known && (!track.live || went_backwards(track, seen));
    const bool new_handshake = seen.handshake && seen.handshake != track.handshake;
    const bool came_up = seen.link_up && !track.link_up;
    if (!track.known || recreated || came_up)
        begin(track, seen, new_handshake);
    else if (!seen.link_up)
        forget_silence(track);
    else
        weigh_traffic(track, seen, new_handshake);
    note_wish(track, seen, new_handshake);
    remember(track, seen);
    return recreated;
}

void renew(PeerTrack& track, Boottime at) {
    forget_silence(track);
    track.since = std::max(track.since, at);
}

Judgement judge(const PeerTrack& track, const Observation& last, Boottime now) {
    const Assessment current = assess(track, last, now);
    return {current.state, current.stalled, next_change(track, last, now, current)};
}

} // namespace wgnl
