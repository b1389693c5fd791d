// SPDX-License-Identifier: LGPL-2.1-or-later
// What is new among differences, and who keeps changing it back.
#include "repairs.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace wgnl::daemon {

bool Repairs::evaluate(const std::vector<Difference>& found, bool reset, bool owner_active,
                       Boottime now) {
    std::vector<Difference> news;
    std::ranges::set_difference(found, accepted_, std::back_inserter(news));
    std::vector<Difference> still;
    std::ranges::set_intersection(accepted_, found, std::back_inserter(still));
    accepted_ = std::move(still); // what was repaired by somebody and breaks again is news
    if (reset)
        news.push_back({Difference::Aspect::sessions, {}});
    if (owner_active)
        return !news.empty();
    const auto allowed = std::ranges::count_if(
        news, [&](const Difference& field) { return limiter_.allows(field, now); });
    return allowed > 0;
}

std::vector<Problem> Repairs::problems(const std::string& device, Boottime now) const {
    std::vector<Problem> problems;
    for (const auto& field : limiter_.engaged(now))
        problems.push_back(
            {Severity::error,
             {},
             fmt::format("{} was repaired three times within a minute and changed again each time "
                         "by something other than wgnld; it is left alone for five minutes. Find "
                         "what writes to {} (another manager, a script with wg set), or change "
                         "the declaration",
                         to_string(field), device)});
    return problems;
}

} // namespace wgnl::daemon
