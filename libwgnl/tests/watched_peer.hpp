// SPDX-License-Identifier: LGPL-2.1-or-later
// A peer whose figures a test sets one by one, and what is made of them.
#pragma once

#include <wgnl/state.hpp>

#include <cstdint>
#include <optional>

namespace wgnl::tests {

using std::chrono::nanoseconds;

inline constexpr nanoseconds tick{1};
constexpr nanoseconds s(long count) { return std::chrono::seconds{count}; }
constexpr Boottime boot(nanoseconds after) { return Boottime{after}; }

class WatchedPeer {
public:
    Observation now{};

    WatchedPeer() {
        now.at = boot(s(1000));
        now.endpoint_known = true;
    }
    WatchedPeer& keepalive(std::uint16_t every) { return now.keepalive = every, *this; }
    WatchedPeer& endpoint(bool known) { return now.endpoint_known = known, *this; }
    WatchedPeer& up(bool state) { return now.link_up = state, *this; }
    WatchedPeer& live(bool state) { return now.live = state, *this; }
    WatchedPeer& sends(std::uint64_t bytes) { return now.tx_bytes += bytes, *this; }
    WatchedPeer& receives(std::uint64_t bytes) { return now.rx_bytes += bytes, *this; }
    /// A handshake that we started and that was answered, just now.
    WatchedPeer& shakes() { return now.handshake = now.at, sends(148), receives(92); }
    WatchedPeer& passes(nanoseconds time) { return now.at += time, *this; }
    WatchedPeer& steps_back(nanoseconds time) { return now.at -= time, *this; }

    bool read() { return observe(track_, now); }
    void renewed() { renew(track_, now.at); }
    Judgement after(nanoseconds time) const { return judge(track_, now, now.at + time); }
    PeerState state(nanoseconds time = nanoseconds::zero()) const { return after(time).state; }
    bool stalled(nanoseconds time = nanoseconds::zero()) const { return after(time).stalled; }
    /// In how long.
    std::optional<nanoseconds> deadline() const {
        const auto at = after(nanoseconds::zero()).deadline;
        return at ? std::optional{*at - now.at} : std::nullopt;
    }
    const PeerTrack& track() const { return track_; }

private:
    PeerTrack track_{};
};

} // namespace wgnl::tests
