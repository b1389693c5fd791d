// SPDX-License-Identifier: LGPL-2.1-or-later
// Ticks, as few as possible.
#include "clock.hpp"

#include <algorithm>
#include <utility>

namespace wgnl::daemon {

Result<void> Clock::start(sd_event* event, std::function<void(Boottime now)> tick,
                          std::function<void()> pieces) {
    tick_ = std::move(tick);
    auto timer = sd::Timer::open(event, [this] { this->tick(); });
    if (!timer)
        return std::unexpected(timer.error());
    auto turn = sd::DeferredCall::open(event, std::move(pieces));
    if (!turn)
        return std::unexpected(turn.error());
    timer_ = std::move(*timer);
    pieces_ = std::move(*turn);
    this->tick();
    return {};
}

void Clock::set_pulse(std::chrono::nanoseconds every, std::function<void()> beat) {
    const auto now = sd::boottime_now();
    pulse_ = every;
    next_beat_ = now + every;
    beat_ = std::move(beat);
    arm(next_beat_);
}

void Clock::arm(Boottime at) {
    at = std::max(at, next_tick_);
    if (!timer_ || (armed_ && *armed_ <= at))
        return;
    armed_ = at;
    timer_->arm(at);
}

void Clock::tick() {
    const auto now = sd::boottime_now();
    armed_.reset();
    beat(now);
    tick_(now);
    const auto end = sd::boottime_now();
    next_tick_ = end + 9 * (end - now);
    if (armed_ && *armed_ < next_tick_) {
        armed_.reset();
        arm(next_tick_);
    }
    if (beat_)
        arm(next_beat_);
}

void Clock::beat(Boottime now) {
    if (!beat_ || now < next_beat_)
        return;
    next_beat_ = now + pulse_;
    beat_();
}

} // namespace wgnl::daemon
