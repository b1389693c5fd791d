// SPDX-License-Identifier: LGPL-2.1-or-later
// When something is read next: when somebody asks, and never too much.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// The earlier of two moments, either of which may be never.
constexpr std::optional<Boottime> earlier(std::optional<Boottime> a, std::optional<Boottime> b) {
    return a && b ? std::min(*a, *b) : a ? a : b;
}

/// Pure arithmetic on CLOCK_BOOTTIME.
class ReadSchedule {
public:
    static constexpr Boottime leisure = std::chrono::seconds(1);
    static constexpr Boottime hurry = std::chrono::milliseconds(100);
    static constexpr Boottime shortest = std::chrono::milliseconds(1);
    static constexpr int budget = 20; ///< a reading may cost at most a twentieth of a core

    /// A reading began at `at`.
    void begun(Boottime at) {
        begun_ = at;
        asked_ = false;
    }
    /// It took this much processor time.
    void cost(Boottime length) {
        cost_ = length;
        failed_ = false;
    }
    /// It failed: whatever is wanted of the next one, it is not to follow at once.
    void failed() { failed_ = true; }
    Boottime cost() const { return cost_; }
    /// Something happened: read as soon as the budget allows.
    void ask() { asked_ = true; }
    /// Something is happening: read every 100 ms until then.
    void hurry_until(Boottime until) { hurry_until_ = std::max(hurry_until_, until); }
    bool hurries(Boottime now) const { return now < hurry_until_; }
    /// Nobody tells when something happens: read every second.
    void set_polling(bool polling) { polling_ = polling; }

    /// Before this the budget does not allow a reading.
    Boottime allowed() const {
        return begun_ ? *begun_ + std::max(failed_ ? leisure : shortest, cost_ * budget)
                      : Boottime{};
    }
    /// When the next reading should and may begin, of which `wanted` is wanted for other reasons;
    /// absent: there is no need of one.
    std::optional<Boottime> due(Boottime now, std::optional<Boottime> wanted = std::nullopt) const {
        if (!begun_)
            return now;
        if (asked_)
            wanted = *begun_;
        if (hurries(now))
            wanted = earlier(wanted, *begun_ + hurry);
        if (polling_)
            wanted = earlier(wanted, *begun_ + leisure);
        return wanted ? std::optional(std::max(*wanted, allowed())) : std::nullopt;
    }

private:
    std::optional<Boottime> begun_{};
    Boottime cost_{};
    Boottime hurry_until_{};
    bool asked_{false};
    bool polling_{false};
    bool failed_{false};
};

} // namespace wgnl::daemon
