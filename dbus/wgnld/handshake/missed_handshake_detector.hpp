// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether packets can be trusted to announce the handshakes of one device.
#pragma once

#include <algorithm>
#include <cstdint>

namespace wgnl::daemon {

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

} // namespace wgnl::daemon
