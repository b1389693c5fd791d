// SPDX-License-Identifier: LGPL-2.1-or-later
// Links: when all are looked at, and what is known of the one who owns a device's: networkd, as far
// as it tells.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "declaration_registry.hpp"
#include "host/networkd_state.hpp"
#include "model/read_schedule.hpp"

namespace wgnl::daemon {

/// Pure.
class LinkOwner {
public:
    /// It is busy with its links until then.
    void set_active(Boottime until) { active_until_ = until; }
    bool active(Boottime now) const { return now < active_until_; }
    /// The .netdev file that it has the link from; see netdev_file_of().
    void set_file(std::optional<std::string> file) { file_ = std::move(file); }
    /// Whether it has not said whose the link is.
    void set_unsaid(bool unsaid) { unsaid_ = unsaid; }
    bool unsaid() const { return unsaid_; }

    /// Whether it has what its files declare. `declared` may be null. `names_files`: it tells.
    void watch(const SourceDeclaration* declared, bool has_link, bool names_files, Boottime now);
    /// Whether nothing is to be said yet, because it is given time to say whose the link is.
    bool waits(Boottime now) const { return unsaid_ && watch_.due(now).has_value(); }
    std::optional<Problem> problem(const Declaration& declared, Boottime now) const {
        return watch_.problem(declared, now);
    }
    std::optional<Boottime> due(Boottime now) const { return watch_.due(now); }

private:
    OwnerWatch watch_{};
    std::optional<std::string> file_{};
    bool unsaid_{false};
    Boottime active_until_{};
};

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
    bool end(std::chrono::nanoseconds cost, std::string trouble) {
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
