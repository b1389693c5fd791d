// SPDX-License-Identifier: LGPL-2.1-or-later
// A peer whose figures a test sets one by one, and what is made of them.
#pragma once

#include <wgnl/state.hpp>

#include <cstdint>
#include <optional>

namespace wgnl::tests {

inline constexpr Boottime tick{1};
constexpr Boottime s(long count) { return std::chrono::seconds{count}; }

class WatchedPeer {
public:
    Observation now{};

    WatchedPeer() {
        now.at = s(1000);
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
    WatchedPeer& passes(Boottime time) { return now.at += time, *this; }
    WatchedPeer& steps_back(Boottime time) { return now.at -= time, *this; }

    bool read() { return observe(track_, now); }
    void renewed() { renew(track_, now.at); }
    Judgement after(Boottime time) const { return judge(track_, now, now.at + time); }
    PeerState state(Boottime time = Boottime::zero()) const { return after(time).state; }
    bool stalled(Boottime time = Boottime::zero()) const { return after(time).stalled; }
    std::optional<Boottime> deadline() const {
        const auto at = after(Boottime::zero()).deadline;
        return at ? std::optional{*at - now.at} : std::nullopt;
    }
    const PeerTrack& track() const { return track_; }

private:
    PeerTrack track_{};
};

} // namespace wgnl::tests
