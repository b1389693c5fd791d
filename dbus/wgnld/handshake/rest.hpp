// SPDX-License-Identifier: LGPL-2.1-or-later
// How long the bell is left alone after it rang, so that nobody can keep us busy by ringing it.
#pragma once

#include <algorithm>
#include <optional>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Pure. Anybody can send packets that look like handshakes: the bell rests for 20 ms each time,
/// and twice as long, up to 800 ms, as long as most of what rings leads to no handshake.
class BellRest {
public:
    static constexpr Boottime shortest = std::chrono::milliseconds(20);
    static constexpr Boottime longest = std::chrono::milliseconds(800);
    /// A longer silence makes good.
    static constexpr Boottime forgiven = std::chrono::seconds(5);
    /// This many packets a handshake are taken for honest: initiations are repeated.
    static constexpr std::uint64_t honest = 4;

    /// So many packets rang: a rest begins.
    void rang(Boottime now, std::uint64_t packets) {
        const bool alone = now > until_ + forgiven;
        length_ = alone || found_ * honest >= rang_ ? shortest : std::min(length_ * 2, longest);
        rang_ = packets;
        found_ = 0;
        until_ = now + length_;
        resting_ = true;
    }
    /// A reading showed new handshakes.
    void found(std::uint64_t handshakes) { found_ += handshakes; }
    void end() { resting_ = false; }

    bool resting() const { return resting_; }
    /// Everything that rang was found: there is nothing to rest from.
    bool may_end() const { return resting_ && found_ >= rang_; }
    /// Until when; absent: it listens.
    std::optional<Boottime> until() const {
        return resting_ ? std::optional(until_) : std::nullopt;
    }
    /// Whether what rang last was more noise than handshakes.
    bool noisy() const { return length_ > shortest; }

private:
    Boottime length_{shortest};
    Boottime until_{};
    std::uint64_t rang_{};
    std::uint64_t found_{};
    bool resting_{false};
};

} // namespace wgnl::daemon
