// SPDX-License-Identifier: LGPL-2.1-or-later
// When a device is read next: every second, at once when something happened, never too much.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Pure arithmetic on CLOCK_BOOTTIME.
class Pace {
public:
    static constexpr Boottime leisure = std::chrono::seconds(1);
    static constexpr Boottime hurry = std::chrono::milliseconds(100);
    static constexpr int budget = 20; ///< a reading may cost at most a twentieth of a core

    /// A reading began at `at`.
    void begun(Boottime at) {
        begun_ = at;
        asked_ = false;
    }
    /// It took this much processor time.
    void cost(Boottime length) { cost_ = length; }
    /// Something happened: read as soon as the budget allows.
    void ask() { asked_ = true; }
    /// Something is happening: read every 100 ms until then.
    void hurry_until(Boottime until) { hurry_until_ = std::max(hurry_until_, until); }
    bool hurries(Boottime now) const { return now < hurry_until_; }

    /// When the next reading may and should begin.
    Boottime due(Boottime now) const {
        if (!begun_)
            return now;
        const auto interval = asked_ ? Boottime{} : hurries(now) ? hurry : leisure;
        return *begun_ + std::max(interval, cost_ * budget);
    }

private:
    std::optional<Boottime> begun_{};
    Boottime cost_{};
    Boottime hurry_until_{};
    bool asked_{false};
};

} // namespace wgnl::daemon
