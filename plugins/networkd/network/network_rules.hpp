// SPDX-License-Identifier: LGPL-2.1-or-later
// [Route] and [RoutingPolicyRule] of a .network file, as far as wg-quick makes such.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>

#include "base/ini.hpp"
#include "networkd/network/route_tables.hpp"

namespace wgnl::networkd {

/// A route into the device itself, by prefix, table and metric; metric 0: none is written.
struct NetworkRoute {
    DeclaredRoute route{};
    std::vector<Location> lines{};
};

struct NetworkRule {
    bool ipv4{false};
    bool ipv6{false};
    bool inverted{false};
    std::uint32_t mark{}; ///< 0: for packets of any mark
    std::uint32_t table{};
    std::optional<std::uint32_t> suppressed_length{};
    std::optional<std::uint32_t> priority{};
    std::vector<Location> lines{};
};

/// Absent if it has a key or a value that is not among the above.
std::optional<NetworkRoute> read_network_route(const std::string& file, const IniSection& section,
                                               const RouteTables& tables);
std::optional<NetworkRule> read_network_rule(const std::string& file, const IniSection& section,
                                             const RouteTables& tables);

/// Where an assignment of that file stands, as the problems about it have it.
Location line_of(const std::string& file, const IniAssignment& assignment);

} // namespace wgnl::networkd
