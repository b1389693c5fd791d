// SPDX-License-Identifier: LGPL-2.1-or-later
// How long packets are left alone after some came, so that nobody can keep us busy by sending them.
#pragma once

#include <algorithm>
#include <optional>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Pure. Anybody can send packets that look like handshakes: it pauses for 20 ms each time,
/// and twice as long, up to 800 ms, as long as most of what comes leads to no handshake.
class PacketRateLimiter {
public:
    static constexpr Boottime shortest = std::chrono::milliseconds(20);
    static constexpr Boottime longest = std::chrono::milliseconds(800);
    /// A longer silence makes good.
    static constexpr Boottime forgiven = std::chrono::seconds(5);
    /// This many packets a handshake are taken for honest: initiations are repeated.
    static constexpr std::uint64_t honest = 4;

    /// So many packets came: a pause begins.
    void on_packets(Boottime now, std::uint64_t packets) {
        const bool alone = now > until_ + forgiven;
        length_ = alone || found_ * honest >= received_ ? shortest : std::min(length_ * 2, longest);
        received_ = packets;
        found_ = 0;
        until_ = now + length_;
        pausing_ = true;
    }
    /// A reading showed new handshakes.
    void found(std::uint64_t handshakes) { found_ += handshakes; }
    void end() { pausing_ = false; }

    bool pausing() const { return pausing_; }
    /// Everything that was announced was found: there is nothing to pause for.
    bool may_end() const { return pausing_ && found_ >= received_; }
    /// Until when; absent: it listens.
    std::optional<Boottime> until() const {
        return pausing_ ? std::optional(until_) : std::nullopt;
    }
    /// Whether what came last was more noise than handshakes.
    bool noisy() const { return length_ > shortest; }

private:
    Boottime length_{shortest};
    Boottime until_{};
    std::uint64_t received_{};
    std::uint64_t found_{};
    bool pausing_{false};
};

} // namespace wgnl::daemon
