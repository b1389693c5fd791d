// SPDX-License-Identifier: LGPL-2.1-or-later
// When a device is read next: when somebody asks, when a peer seems to be unwell, when data was
// sent to one, and never too much. (No packet announces that nothing comes back.)
#pragma once

#include <algorithm>
#include <array>
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
    static constexpr std::chrono::nanoseconds leisure = std::chrono::seconds(1);
    static constexpr std::chrono::nanoseconds hurry = std::chrono::milliseconds(100);
    static constexpr std::chrono::nanoseconds shortest = std::chrono::milliseconds(1);
    static constexpr int budget = 20; ///< a reading may cost at most a twentieth of a core

    /// A reading began at `at`.
    void begun(Boottime at) {
        begun_ = at;
        asked_ = false;
    }
    /// It took this much processor time.
    void cost(std::chrono::nanoseconds length) {
        cost_ = length;
        failed_ = false;
    }
    /// It failed: whatever is wanted of the next one, it is not to follow at once.
    void failed() { failed_ = true; }
    std::chrono::nanoseconds cost() const { return cost_; }
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
    std::chrono::nanoseconds cost_{};
    Boottime hurry_until_{};
    bool asked_{false};
    bool polling_{false};
    bool failed_{false};
};

/// Pure. Peers that should be connected and are not: nothing announces that they stay so.
class PeerProbe {
public:
    static constexpr std::array<std::chrono::nanoseconds, 5> steps{
        std::chrono::seconds(5), std::chrono::seconds(10), std::chrono::seconds(20),
        std::chrono::seconds(40), std::chrono::seconds(60)};

    /// A reading at `at` found suspects or none; `news`: there are more of them than before.
    void looked(Boottime at, bool suspects, bool news) {
        if (!suspects)
            return next_.reset();
        if (!next_ || news)
            step_ = 0;
        else if (at < *next_)
            return;
        else
            step_ = step_ + 1 < steps.size() ? step_ + 1 : step_;
        next_ = at + steps[step_];
    }
    std::optional<Boottime> due() const { return next_; }

private:
    std::size_t step_{0};
    std::optional<Boottime> next_{};
};

/// Pure. While data is sent it is looked for again, before the kernel has given up its own wait for
/// an answer (15 s); one that has fallen quiet is looked at once more, and then no more.
class Traffic {
public:
    static constexpr std::chrono::nanoseconds first = std::chrono::seconds(4);   ///< does it go on?
    static constexpr std::chrono::nanoseconds lasting = std::chrono::seconds(8); ///< it does
    static constexpr std::chrono::nanoseconds next = std::chrono::seconds(14);   ///< from then on
    static constexpr std::chrono::nanoseconds last = std::chrono::seconds(100);

    /// A reading at `at` showed that data had been sent since the one before, or had not. Readings
    /// may come at any time; that nothing is sent shows only in one that comes when it is due.
    void looked(Boottime at, bool sent) {
        if (sent)
            return go_on(at);
        if (!due_ || at < *due_)
            return;
        due_ = began_ && at < sent_ + last ? std::optional(sent_ + last) : std::nullopt;
        began_.reset();
    }
    /// Nothing can be sent.
    void stop() { *this = {}; }
    std::optional<Boottime> due() const { return due_; }

private:
    void go_on(Boottime at) {
        began_ = began_.value_or(at);
        sent_ = at;
        due_ = at + (at - *began_ < lasting ? first : next);
    }

    std::optional<Boottime> began_{}; ///< when data was first seen that others have followed since
    Boottime sent_{};                 ///< when it was last seen
    std::optional<Boottime> due_{};
};

} // namespace wgnl::daemon
