// SPDX-License-Identifier: LGPL-2.1-or-later
// A peer's state as a pure function of the last observations of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace [[gnu::visibility("default")]] wgnl {

enum class PeerState : std::uint8_t {
    absent,      ///< declared, but not in the kernel
    down,        ///< the link is not up
    unreachable, ///< should have had a handshake by now, or does not answer
    established, ///< handshake younger than 180 s
    handshaking, ///< sends, nothing comes back, not yet for 100 s
    idle,        ///< had a handshake once; not a failure
    never,       ///< had none
};
std::string_view to_string(PeerState state);

/// CLOCK_BOOTTIME as a clock of std::chrono: goes on while the machine sleeps, and cannot be set.
struct BoottimeClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BoottimeClock, duration>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept;
};

/// A point in time. Those of one peer are all on this clock; the caller converts the kernel's
/// realtime stamp once, when it first sees it, so that clock steps do not matter.
using Boottime = BoottimeClock::time_point;

/// When something happened, on both clocks.
struct Moment {
    Boottime boot{};
    std::chrono::nanoseconds real{}; ///< CLOCK_REALTIME, since the epoch

    bool operator==(const Moment&) const = default;
};

/// When a handshake with the kernel's stamp `stamp` was (CLOCK_REALTIME, since the epoch, not 0),
/// which was seen at `now` for the first time, and not yet at `previous` (absent: the peer was not
/// looked at before). Never after `now.boot`, and with `previous` always later than that, however
/// the realtime clock was stepped in between.
Boottime handshake_time(std::chrono::nanoseconds stamp, const Moment& now,
                        std::optional<Boottime> previous = std::nullopt);

/// One reading of one peer.
struct Observation {
    Boottime at{};
    bool live{true}; ///< the peer is in the kernel
    bool link_up{true};
    bool endpoint_known{false};
    std::uint16_t keepalive{};           ///< seconds, 0 = off
    std::optional<Boottime> handshake{}; ///< absent: never
    std::uint64_t rx_bytes{};
    std::uint64_t tx_bytes{};
};

/// What is carried from one observation to the next: a few numbers, no history.
struct PeerTrack {
    Boottime since{}; ///< latest of: link came up, resume, own key changed, first seen, re-created
    Boottime at{};    ///< of the last observation, and its counters:
    std::optional<Boottime> handshake{};
    std::uint64_t rx_bytes{};
    std::uint64_t tx_bytes{};
    /// From when handshakes are awaited: link up, endpoint and keepalive all came to be.
    Boottime wanted_since{};
    std::uint16_t wanted_every{}; ///< longest keepalive since the last one; 0 = none is awaited
    bool link_up{false};
    bool live{false};
    bool known{false}; ///< false: never seen live
    std::optional<Boottime>
        silent_since{}; ///< sent beyond keepalives, and nothing came back, from then
    std::optional<Boottime> last_sent{}; ///< tx last seen growing
    bool gave_up{
        false}; ///< unanswered for 100 s: unreachable until a handshake or 180 quiet seconds
};

struct Judgement {
    PeerState state{PeerState::never};
    bool stalled{false}; ///< established, but nothing comes back
    /// When the state may change without any new counters; absent: never.
    std::optional<Boottime> deadline{};
};

/// Whether something was sent between the last observation and this one, which is not taken in yet,
/// that may go on unseen: more than keepalives, or a handshake, after which somebody may begin to
/// send. Of a peer that was not seen before: whether it may have a session.
bool sent_data(const PeerTrack& track, const Observation& seen);

/// Takes in one observation. True if the peer was re-created: its counters went backwards, its
/// handshake vanished, or it was gone and is back. `since` then becomes `seen.at`, as for a link
/// that came up and a peer first seen; but a handshake not seen before was made after what
/// happened, so it counts as later than `since`.
bool observe(PeerTrack& track, const Observation& seen);

/// The machine resumed, the device's private key changed, or the link went down and up between two
/// observations, at `at`: what was before says nothing of the sessions any more.
void renew(PeerTrack& track, Boottime at);

/// The state at `now` (not before the last observation). First row that applies of: absent, down,
/// unreachable, established, handshaking, idle, never. Total: any track gives a state.
Judgement judge(const PeerTrack& track, const Observation& last, Boottime now);

} // namespace wgnl
