// SPDX-License-Identifier: LGPL-2.1-or-later
// When a device is reconciled, and when it is tried again.
#pragma once

#include <algorithm>
#include <optional>

#include "model/link_settle_timer.hpp"
#include "model/read_schedule.hpp"

namespace wgnl::daemon {

/// Pure. Not before the link has settled; one at a time; again after a failure, ever later.
class ReconcileSchedule {
public:
    static constexpr std::chrono::nanoseconds first_retry = std::chrono::seconds(1);
    static constexpr std::chrono::nanoseconds longest_retry = std::chrono::minutes(1);

    /// As soon as that is allowed.
    void want() { wanted_ = true; }
    /// What is pending confirmation may be applied.
    void confirm() { confirmed_ = true; }
    void withdraw_confirmation() { confirmed_ = false; }
    bool wanted() const { return wanted_; }
    bool confirmed() const { return confirmed_; }
    bool under_way() const { return under_way_; }
    /// Wanted, under way, or too early: no time to judge what differs.
    bool busy(Boottime now) const { return under_way_ || wanted_ || !link_.settled(now); }

    /// When it may begin, at the earliest; absent: nothing is wanted, or one is under way.
    std::optional<Boottime> due(Boottime now) const {
        if (under_way_ || !(wanted_ || retry_at_))
            return std::nullopt;
        const auto at = wanted_ ? now : std::max(*retry_at_, now);
        return link_.settled(now) ? at : std::max(at, now + ReadSchedule::hurry);
    }
    bool ready(Boottime now) const { return due(now) == now; }

    void begin() {
        wanted_ = false;
        retry_at_.reset();
        under_way_ = true;
    }
    void end(bool ok, Boottime now) {
        under_way_ = false;
        if (ok) {
            retry_after_ = first_retry;
            return;
        }
        retry_at_ = now + retry_after_;
        retry_after_ = std::min(retry_after_ * 2, longest_retry);
    }
    /// It could not begin yet: another attempt soon, however often.
    void postpone(Boottime now) {
        under_way_ = false;
        retry_at_ = now + first_retry;
    }

    LinkSettleTimer& link() { return link_; }

private:
    LinkSettleTimer link_{};
    bool wanted_{false};
    bool under_way_{false};
    bool confirmed_{false};
    std::optional<Boottime> retry_at_{};
    std::chrono::nanoseconds retry_after_{first_retry};
};

} // namespace wgnl::daemon
