// SPDX-License-Identifier: LGPL-2.1-or-later
// Routes as values, and the difference between two sets of them.
#include <wgnl/route.hpp>

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace wgnl {
namespace {

constexpr std::uint32_t ipv6_default_metric = 1024; // IP6_RT_PRIO_USER

/// The same route for the kernel, whoever made it.
Route as_ours(Route route) noexcept {
    route.protocol = route_protocol;
    return route.normalised();
}

std::set<Route> as_ours(const std::vector<Route>& routes) {
    std::set<Route> ours;
    for (const auto& route : routes)
        ours.insert(as_ours(route));
    return ours;
}

} // namespace

Route Route::normalised() const noexcept {
    Route route = *this;
    if (route.table == 0)
        route.table = main_table;
    if (route.metric == 0 && destination.network.family() == Family::ipv6)
        route.metric = ipv6_default_metric;
    return route;
}

std::string Route::to_string() const {
    return fmt::format("{} table {} metric {}", destination.to_string(), table, metric);
}

RouteChanges route_changes(const std::vector<Route>& wanted, const std::vector<Route>& live) {
    const auto asked = as_ours(wanted);
    const auto there = as_ours(live);
    RouteChanges changes;
    std::ranges::set_difference(asked, there, std::back_inserter(changes.add));
    for (const auto& route : live)
        if (route.protocol == route_protocol && !asked.contains(as_ours(route)))
            changes.remove.push_back(route);
    return changes;
}

} // namespace wgnl
