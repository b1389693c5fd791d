// SPDX-License-Identifier: LGPL-2.1-or-later
// When all links are looked at.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "model/read_schedule.hpp"

namespace wgnl::daemon {

/// At most one survey is under way.
class LinkSurvey {
public:
    void ask() { schedule_.ask(); }
    void hurry_until(Boottime until) { schedule_.hurry_until(until); }
    /// `ready` is called once, when there was a survey and nothing that it found waits.
    void set_ready(std::function<void()> ready) { ready_ = std::move(ready); }

    /// When the next one is due; absent: none is, or one is under way.
    std::optional<Boottime> due(Boottime now) const {
        return under_way_ ? std::nullopt : schedule_.due(now);
    }
    void begin(Boottime at) {
        under_way_ = true;
        schedule_.begun(at);
    }
    /// It took this much processor time. `trouble`: why nothing is known; empty: it is. True if
    /// that is to be said: once for the same trouble.
    bool end(Boottime cost, std::string trouble) {
        under_way_ = false;
        done_ = true;
        schedule_.cost(cost);
        const bool is_news = !trouble.empty() && trouble != trouble_;
        trouble_ = std::move(trouble);
        return is_news;
    }
    /// Whether something still `waits`.
    void check_ready(bool waits) {
        if (ready_ && done_ && !waits)
            std::exchange(ready_, nullptr)();
    }

private:
    ReadSchedule schedule_{};
    bool under_way_{false};
    bool done_{false};
    std::string trouble_{};
    std::function<void()> ready_{};
};

} // namespace wgnl::daemon
