// SPDX-License-Identifier: LGPL-2.1-or-later
// Routes as values, and the least that turns one set of them into another.
#include <wgnl/route.hpp>

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wgnl {
namespace {

using Routes = std::vector<Route>;

Route route(std::string_view destination, std::uint32_t metric = 0, std::uint32_t table = 254) {
    return {AllowedIp::parse(destination).value().value, table, metric};
}

Route of_another(Route route) {
    route.protocol = 4; // static
    return route;
}

TEST(Route, IsReadBackAsTheKernelWritesIt) {
    EXPECT_EQ(route("10.0.0.0/8", 0, 0).normalised(), route("10.0.0.0/8"));
    EXPECT_EQ(route("10.0.0.0/8", 7, 1000).normalised(), route("10.0.0.0/8", 7, 1000));
    EXPECT_EQ(route("fd00::/8").normalised(), route("fd00::/8", 1024));
    EXPECT_EQ(route("fd00::/8", 50).normalised(), route("fd00::/8", 50));
}

TEST(Route, HasAText) {
    EXPECT_EQ(route("fd00::/8", 50, 70000).to_string(), "fd00::/8 table 70000 metric 50");
}

TEST(RouteChanges, NothingToDoIsEmpty) {
    const Routes wanted{route("0.0.0.0/0", 0, 70000), route("::/0"), route("fd00::/8", 50)};
    const Routes live{route("fd00::/8", 50), route("::/0", 1024), route("0.0.0.0/0", 0, 70000)};

    EXPECT_TRUE(route_changes(wanted, live).empty());
}

TEST(RouteChanges, AnotherMetricOrTableIsAnotherRoute) {
    const auto changes = route_changes({route("10.0.0.0/8", 50), route("10.1.0.0/16", 0, 100)},
                                       {route("10.0.0.0/8"), route("10.1.0.0/16")});

    EXPECT_EQ(changes.add, (Routes{route("10.0.0.0/8", 50), route("10.1.0.0/16", 0, 100)}));
    EXPECT_EQ(changes.remove, (Routes{route("10.0.0.0/8"), route("10.1.0.0/16")}));
}

TEST(RouteChanges, AnothersRouteServesAndStays) {
    const Routes live{of_another(route("10.0.0.0/8")), of_another(route("10.1.0.0/16"))};

    EXPECT_TRUE(route_changes({route("10.0.0.0/8")}, live).empty());
}

TEST(RouteChanges, WhatIsWantedTwiceIsAddedOnce) {
    const auto changes = route_changes({route("fd00::/8"), route("fd00::/8", 1024)}, {});

    EXPECT_EQ(changes.add, Routes{route("fd00::/8", 1024)});
}

/// Few destinations, tables and metrics, so that they meet.
rc::Gen<Route> any_route(bool live) {
    return rc::gen::exec([live] {
        const auto* const destination = *rc::gen::element("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24",
                                                          "::/0", "fd00::/8", "fd00::1/128");
        auto made = route(destination, *rc::gen::element(0U, 50U, 1024U),
                          *rc::gen::element(0U, 254U, 70000U));
        if (live) {
            made = made.normalised();
            made.protocol = *rc::gen::element(route_protocol, std::uint8_t{2}, std::uint8_t{4});
        }
        return made;
    });
}

/// In a table no two routes of one destination and metric, as in a kernel.
Routes like_a_kernel(Routes routes) {
    Routes table;
    for (auto& each : routes) {
        const auto collides = [&](const Route& other) {
            return other.destination == each.destination && other.table == each.table &&
                   other.metric == each.metric;
        };
        if (std::ranges::none_of(table, collides))
            table.push_back(each);
    }
    return table;
}

Routes applied(Routes live, const RouteChanges& changes) {
    for (const auto& each : changes.add) {
        live.push_back(each);
        RC_ASSERT(like_a_kernel(live).size() == live.size());
    }
    for (const auto& each : changes.remove)
        RC_ASSERT(std::erase(live, each) == 1U);
    return live;
}

std::set<Route> without_protocol(const Routes& routes) {
    std::set<Route> all;
    for (auto each : routes) {
        each.protocol = 0;
        all.insert(each.normalised());
    }
    return all;
}

RC_GTEST_PROP(RouteChanges, LeaveWhatIsWantedAndWhatIsOthers, ()) {
    const auto wanted = *rc::gen::container<Routes>(any_route(false));
    const auto live = like_a_kernel(*rc::gen::container<Routes>(any_route(true)));

    const auto after = applied(live, route_changes(wanted, live));

    Routes expected = wanted;
    for (const auto& each : live)
        if (each.protocol != route_protocol) {
            RC_ASSERT(std::ranges::count(after, each) == 1);
            expected.push_back(each);
        }
    RC_ASSERT(without_protocol(after) == without_protocol(expected));
    RC_ASSERT(route_changes(wanted, after).empty());
}

} // namespace
} // namespace wgnl
