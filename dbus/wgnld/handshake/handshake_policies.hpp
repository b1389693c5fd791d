// SPDX-License-Identifier: LGPL-2.1-or-later
// What is made of packets that look like handshakes, and of handshakes that none announced: pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Pure. Anybody can send packets that look like handshakes: it pauses for 20 ms each time,
/// and twice as long, up to 800 ms, as long as most of what comes leads to no handshake.
class PacketRateLimiter {
public:
    static constexpr std::chrono::nanoseconds shortest = std::chrono::milliseconds(20);
    static constexpr std::chrono::nanoseconds longest = std::chrono::milliseconds(800);
    /// A longer silence makes good.
    static constexpr std::chrono::nanoseconds forgiven = std::chrono::seconds(5);
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
    std::chrono::nanoseconds length_{shortest};
    Boottime until_{};
    std::uint64_t received_{};
    std::uint64_t found_{};
    bool pausing_{false};
};

/// Pure. Nothing is heard of a device whose sockets are in another network namespace, for
/// example: what is found unannounced makes the device one to be polled, until packets have
/// announced as many as it takes to trust it again.
class MissedHandshakeDetector {
public:
    static constexpr unsigned trusted_after = 3;
    static constexpr std::uint64_t most_received = 1024; ///< more than any device has under way

    /// Packets came for the device.
    void on_packets(std::uint64_t packets) {
        received_ = std::min(received_ + packets, most_received);
    }
    /// A reading showed so many new handshakes. How many of them nothing announced.
    std::uint64_t found(std::uint64_t handshakes) {
        if (handshakes == 0)
            return 0;
        const auto announced = std::min(handshakes, received_);
        received_ -= announced;
        const auto missed = handshakes - announced;
        if (missed > 0)
            doubted_for_ = trusted_after;
        else if (doubted_for_ > 0)
            --doubted_for_;
        return missed;
    }
    /// Whether handshakes of this device come unannounced.
    bool misses() const { return doubted_for_ > 0; }

private:
    std::uint64_t received_{};
    unsigned doubted_for_{};
};

/// Pure. A packet comes before its handshake is done: the initiator's clock stamps it when the
/// response has been worked through, the responder's with the first data under the new key.
class HandshakeProbe {
public:
    static constexpr std::chrono::nanoseconds first = std::chrono::milliseconds(5);
    static constexpr std::chrono::nanoseconds longest = std::chrono::milliseconds(640);
    /// An initiation that has led nowhere by then is repeated, and heard again.
    static constexpr std::chrono::nanoseconds patience = std::chrono::seconds(5);

    /// So many packets announced as many handshakes. `anew`: look closely again, whatever came of
    /// those before.
    void on_packets(Boottime now, std::uint64_t packets, bool anew) {
        awaited_ += packets;
        until_ = now + patience;
        if (next_ && !anew)
            return;
        delay_ = first;
        next_ = earliest(next_, now + first);
    }
    /// A reading that began at `at` showed this many new handshakes.
    void looked(Boottime at, std::uint64_t handshakes) {
        awaited_ -= std::min(awaited_, handshakes);
        if (awaited_ == 0 || at >= until_)
            return end();
        if (!next_ || at < *next_)
            return;
        delay_ = std::min(delay_ * 2, longest);
        next_ = at + delay_;
    }
    /// When to look next; absent: nothing is awaited.
    std::optional<Boottime> due() const { return next_; }

private:
    static Boottime earliest(const std::optional<Boottime>& a, Boottime b) {
        return a ? std::min(*a, b) : b;
    }
    void end() {
        awaited_ = 0;
        next_.reset();
    }

    std::uint64_t awaited_{};
    Boottime until_{};
    std::chrono::nanoseconds delay_{first};
    std::optional<Boottime> next_{};
};

} // namespace wgnl::daemon
