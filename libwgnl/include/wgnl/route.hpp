// SPDX-License-Identifier: LGPL-2.1-or-later
// Routes through a WireGuard link, and the difference between those that are wanted and those that
// are there.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/error.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// The mark of routes and addresses that this library makes (rtm_protocol, IFA_PROTO): neither
/// <linux/rtnetlink.h> nor iproute2's rt_protos has given it to anybody. systemd-networkd and
/// NetworkManager leave routes of other protocols than their own alone, and this library touches
/// none but those that bear it.
inline constexpr std::uint8_t route_protocol = 87; // 'W'

/// The routing table "main".
inline constexpr std::uint32_t main_table = 254;

/// A unicast route straight through a link, without gateway.
struct Route {
    AllowedIp destination{};         ///< 0.0.0.0/0 and ::/0 are the default routes
    std::uint32_t table{main_table}; ///< 1 to 4294967295; 0 means main
    /// Lower wins. 0 is the kernel's default, which IPv6 turns into 1024: it is read back as that.
    std::uint32_t metric{};
    std::uint8_t protocol{route_protocol}; ///< who made it (RTPROT_…); what is added is always ours

    /// As the kernel reads it back.
    Route normalised() const noexcept;
    std::string to_string() const; ///< "10.0.0.0/24 table 1000 metric 50"

    auto operator<=>(const Route&) const = default;
};

/// What is to be done, in this order: a destination is never without its route in between.
struct RouteChanges {
    std::vector<Route> add{};
    std::vector<Route> remove{};

    bool empty() const noexcept { return add.empty() && remove.empty(); }
    bool operator==(const RouteChanges&) const = default;
};

/// A change that could not be carried out.
struct RouteFailure {
    Route route{};
    Error error;
};

/// The least that makes `live`, the routes of one link, have all of `wanted` and no other route of
/// ours. A route that somebody else made through the same link, with the same destination, table
/// and metric, serves as well: it is not added again, and never removed. What `wanted` says twice
/// is added once; its protocols do not matter.
RouteChanges route_changes(const std::vector<Route>& wanted, const std::vector<Route>& live);

} // namespace wgnl
