// SPDX-License-Identifier: LGPL-2.1-or-later
// When to reconcile a device, and when to leave it alone.
#include "device_controller.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace wgnl::daemon {

std::optional<Boottime> DeviceController::read_at(Boottime now) const {
    if (!model.link() || reading)
        return std::nullopt;
    auto wanted = earlier(model.next_look(), peer_probe.due());
    wanted = earlier(wanted, handshake_probe.due());
    return schedule.due(now, wanted);
}

bool DeviceController::is_dated(Boottime now) const {
    return model.link() && model.sampled_at().boot + present <= now;
}

bool DeviceController::ready(Boottime now) const {
    const auto at = ready_at(now);
    return at && *at <= now && !reconciling && settle_timer.settled(now);
}

std::optional<Boottime> DeviceController::ready_at(Boottime now) const {
    if (wanted_)
        return settle_timer.settled(now) ? now : now + ReadSchedule::hurry;
    return retry_at_;
}

void DeviceController::reconcile_begun() {
    wanted_ = false;
    retry_at_.reset();
    reconciling = true;
}

void DeviceController::reconcile_ended(bool ok, Boottime now) {
    reconciling = false;
    if (ok) {
        retry_after_ = first_retry;
        return;
    }
    retry_at_ = now + retry_after_;
    retry_after_ = std::min(retry_after_ * 2, longest_retry);
}

void DeviceController::reconcile_postponed(Boottime now) {
    reconciling = false;
    retry_at_ = now + first_retry;
}

bool DeviceController::evaluate(const std::vector<Difference>& found, bool reset,
                                bool on_owner_activity, Boottime now) {
    std::vector<Difference> news;
    std::ranges::set_difference(found, accepted_, std::back_inserter(news));
    std::vector<Difference> still;
    std::ranges::set_intersection(accepted_, found, std::back_inserter(still));
    accepted_ = std::move(still); // what was repaired by somebody and breaks again is news
    if (reset)
        news.push_back({Difference::Aspect::sessions, {}});
    if (on_owner_activity)
        return !news.empty();
    const auto allowed = std::ranges::count_if(
        news, [&](const Difference& field) { return repairs.allows(field, now); });
    return allowed > 0;
}

std::vector<Problem> DeviceController::notices(Boottime now) const {
    std::vector<Problem> problems;
    if (!trouble.empty())
        problems.push_back({Severity::error, {}, trouble});
    for (const auto& field : repairs.engaged(now))
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
