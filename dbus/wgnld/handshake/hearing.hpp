// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the bell can be trusted to announce the handshakes of one device.
#pragma once

#include <algorithm>
#include <cstdint>

namespace wgnl::daemon {

/// Pure. The bell hears nothing of a device whose sockets are in another network namespace, for
/// example: what is found unannounced makes the device one to be polled, until the bell has
/// announced as many as it takes to trust it again.
class Hearing {
public:
    static constexpr unsigned trusted_after = 3;
    static constexpr std::uint64_t most_heard = 1024; ///< more than any device has under way

    /// Packets rang for the device.
    void rang(std::uint64_t packets) { heard_ = std::min(heard_ + packets, most_heard); }
    /// A reading showed so many new handshakes. How many of them nothing announced.
    std::uint64_t found(std::uint64_t handshakes) {
        if (handshakes == 0)
            return 0;
        const auto announced = std::min(handshakes, heard_);
        heard_ -= announced;
        const auto missed = handshakes - announced;
        if (missed > 0)
            deaf_for_ = trusted_after;
        else if (deaf_for_ > 0)
            --deaf_for_;
        return missed;
    }
    /// Whether handshakes of this device come unannounced.
    bool deaf() const { return deaf_for_ > 0; }

private:
    std::uint64_t heard_{};
    unsigned deaf_for_{};
};

} // namespace wgnl::daemon
