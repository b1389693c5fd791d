// SPDX-License-Identifier: LGPL-2.1-or-later
// Which routes of allowed IPs a device is to have, and which of those that are there go.
#pragma once

#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/record.hpp>
#include <wgnl/route.hpp>

namespace wgnl {

/// What the decision stands on.
struct RouteFacts {
    const Declaration& declared;
    const Record& record;           ///< what it says of routes and of held peers
    const std::vector<Route>& live; ///< all through the link, whoever made them
    std::string_view source{};      ///< who declares: "networkd", "NetworkManager", "command"
    bool allow_wide{false}; ///< shorter than /8 (IPv6: /16) into the tables main, default and local
    bool confirmed{false};  ///< what bears our mark but is not recorded may go
};

struct RoutePlan {
    RouteChanges changes{};
    std::vector<Route> record{}; ///< Record::routes once all changes are made
    std::vector<Drift> drift{};
    std::vector<Problem> problems{};
};

/// The routes that the declaration asks for, without regard to who may set them: those of the
/// allowed IPs of its peers that are not held; each as Route::normalised().
std::vector<Route> declared_routes(const Declaration& declared);

/// What is missing is added, whoever made the rest; of two that differ in that only, ours goes.
/// Beside an owner of the link default routes are left to it. Of what is no longer declared goes
/// what the record has: ours, and what the owner had made of the same declaration (RTPROT_STATIC),
/// which it would leave there until it is told to look again. Routes of held peers stay.
RoutePlan plan_routes(const RouteFacts& facts);

} // namespace wgnl
