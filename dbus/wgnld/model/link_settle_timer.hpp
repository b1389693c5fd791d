// SPDX-License-Identifier: LGPL-2.1-or-later
// A new link is left alone until its owner is done with it.
#pragma once

#include <optional>

#include <wgnl/state.hpp>

#include "device_reading.hpp"

namespace wgnl::daemon {

/// Settled once the owner says so, once two readings 250 ms apart show the same configuration, or
/// after ten seconds.
class LinkSettleTimer {
public:
    static constexpr std::chrono::nanoseconds apart = std::chrono::milliseconds(250);
    static constexpr std::chrono::nanoseconds patience = std::chrono::seconds(10);

    /// A link appeared (or was re-created) at `now`.
    void start(Boottime now) {
        settled_ = false;
        started_ = now;
        reference_.reset();
    }
    void owner_done() { settled_ = true; }
    void take(const DeviceReading& reading) {
        if (settled_)
            return;
        if (!reference_ || !same_configuration(*reference_, reading)) {
            reference_ = reading;
            return;
        }
        if (reading.at.boot < reference_->at.boot + apart)
            return;
        settled_ = true;
        reference_.reset();
    }
    bool settled(Boottime now) const { return settled_ || now >= started_ + patience; }

private:
    bool settled_{true};
    Boottime started_{};
    std::optional<DeviceReading> reference_{};
};

} // namespace wgnl::daemon
