// SPDX-License-Identifier: LGPL-2.1-or-later
// The one timer of the daemon, and the turn of the loop in which pieces are taken in.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <wgnl/state.hpp>

#include "sd/loop.hpp"

namespace wgnl::daemon {

/// Calls back when something is due, no more than a tenth of the time, and at a pulse.
class Clock {
public:
    /// `tick` is told the time; `pieces` is called in a turn of its own.
    Result<void> start(sd_event* event, std::function<void(Boottime now)> tick,
                       std::function<void()> pieces);
    /// Calls `beat` every so often, before the tick of that time.
    void set_pulse(std::chrono::nanoseconds every, std::function<void()> beat);

    /// A tick at that time, if none is due before.
    void arm(Boottime at);
    void arm_pieces() { pieces_->arm(); }

private:
    void tick();
    void beat(Boottime now);

    std::unique_ptr<sd::Timer> timer_{};
    std::unique_ptr<sd::DeferredCall> pieces_{};
    std::function<void(Boottime now)> tick_{};
    std::optional<Boottime> armed_{}; ///< when the timer is due
    Boottime next_tick_{};            ///< no sooner
    std::chrono::nanoseconds pulse_{};
    Boottime next_beat_{};
    std::function<void()> beat_{};
};

} // namespace wgnl::daemon
