// SPDX-License-Identifier: LGPL-2.1-or-later
// When to reconcile a device, and when to leave it alone.
#include "charge.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace wgnl::daemon {

std::optional<Boottime> Charge::read_at(Boottime now) const {
    if (!model.link() || reading)
        return std::nullopt;
    auto wanted = earlier(model.next_look(), suspicion.due());
    wanted = earlier(wanted, listening.due());
    return pace.due(now, wanted);
}

bool Charge::is_dated(Boottime now) const {
    return model.link() && model.sampled_at().boot + present <= now;
}

bool Charge::ready(Boottime now) const {
    const auto at = ready_at(now);
    return at && *at <= now && !reconciling && settling.settled(now);
}

std::optional<Boottime> Charge::ready_at(Boottime now) const {
    if (wanted_)
        return settling.settled(now) ? now : now + Pace::hurry;
    return retry_at_;
}

void Charge::reconcile_begun() {
    wanted_ = false;
    retry_at_.reset();
    reconciling = true;
}

void Charge::reconcile_ended(bool ok, Boottime now) {
    reconciling = false;
    if (ok) {
        retry_after_ = first_retry;
        return;
    }
    retry_at_ = now + retry_after_;
    retry_after_ = std::min(retry_after_ * 2, longest_retry);
}

void Charge::reconcile_postponed(Boottime now) {
    reconciling = false;
    retry_at_ = now + first_retry;
}

bool Charge::weigh(const std::vector<Difference>& found, bool reset, bool owner_acts,
                   Boottime now) {
    std::vector<Difference> news;
    std::ranges::set_difference(found, accepted_, std::back_inserter(news));
    std::vector<Difference> still;
    std::ranges::set_intersection(accepted_, found, std::back_inserter(still));
    accepted_ = std::move(still); // what was repaired by somebody and breaks again is news
    if (reset)
        news.push_back({Difference::Aspect::sessions, {}});
    if (owner_acts)
        return !news.empty();
    const auto allowed = std::ranges::count_if(
        news, [&](const Difference& field) { return brake.allows(field, now); });
    return allowed > 0;
}

std::vector<Problem> Charge::notices(Boottime now) const {
    std::vector<Problem> problems;
    if (!trouble.empty())
        problems.push_back({Severity::error, {}, trouble});
    for (const auto& field : brake.engaged(now))
        problems.push_back(
            {Severity::error,
             {},
             fmt::format("{} was repaired three times within a minute and changed again each time "
                         "by something other than wgnld; it is left alone for five minutes. Find "
                         "what writes to {} (another manager, a script with wg set), or change "
                         "the declaration",
                         to_string(field), model.name())});
    return problems;
}

} // namespace wgnl::daemon
