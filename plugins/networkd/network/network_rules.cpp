// SPDX-License-Identifier: LGPL-2.1-or-later
// Values of [Route] and [RoutingPolicyRule].
#include "networkd/network/network_rules.hpp"

#include <algorithm>
#include <limits>

#include "networkd/files/problems.hpp"
#include "networkd/files/text.hpp"
#include "networkd/network/full_tunnel.hpp"

namespace wgnl::networkd {
namespace {

std::optional<std::uint32_t> number_of(std::string_view text) {
    const auto number = parse_number(text, std::numeric_limits<std::uint32_t>::max());
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

/// Puts a value where it belongs; false if there was none.
template <typename To, typename From> bool put(To& to, const std::optional<From>& value) {
    if (value)
        to = *value;
    return value.has_value();
}

bool take_destination(NetworkRoute& route, std::string_view value) {
    const auto prefix = AllowedIp::parse(value);
    if (prefix)
        route.route.destination = prefix->value;
    return prefix.has_value();
}

bool take(NetworkRoute& route, const IniAssignment& from, const RouteTables& tables) {
    if (from.key == "Destination")
        return take_destination(route, from.value);
    if (from.key == "Table")
        return put(route.route.table, tables.find(from.value));
    if (from.key == "Metric")
        return put(route.route.metric, number_of(from.value));
    return from.key == "Scope" && from.value == "link";
}

bool take_family(NetworkRule& rule, std::string_view value) {
    rule.ipv4 = value == "ipv4" || value == "both";
    rule.ipv6 = value == "ipv6" || value == "both";
    return rule.ipv4 || rule.ipv6;
}

bool take(NetworkRule& rule, const IniAssignment& from, const RouteTables& tables) {
    if (from.key == "Family")
        return take_family(rule, from.value);
    if (from.key == "Table")
        return put(rule.table, tables.find(from.value));
    if (from.key == "FirewallMark")
        return put(rule.mark, number_of(from.value));
    if (from.key == "InvertRule")
        return put(rule.inverted, parse_boolean(from.value));
    if (from.key == "Priority")
        return put(rule.priority, number_of(from.value));
    return from.key == "SuppressPrefixLength" && put(rule.suppressed_length, number_of(from.value));
}

/// All of a section, or nothing.
template <typename Item> std::optional<Item>
read(Item item, const std::string& file, const IniSection& section, const RouteTables& tables) {
    for (const auto& assignment : section.assignments) {
        if (!take(item, assignment, tables))
            return std::nullopt;
        item.lines.push_back(line_of(file, assignment));
    }
    return item;
}

} // namespace

Location line_of(const std::string& file, const IniAssignment& assignment) {
    return {printable(file), assignment.line};
}

std::optional<NetworkRoute> read_network_route(const std::string& file, const IniSection& section,
                                               const RouteTables& tables) {
    auto route = read(NetworkRoute{.route = {.table = main_table}}, file, section, tables);
    const auto names_prefix = [](const IniAssignment& each) { return each.key == "Destination"; };
    return route && std::ranges::any_of(section.assignments, names_prefix) ? route : std::nullopt;
}

std::optional<NetworkRule> read_network_rule(const std::string& file, const IniSection& section,
                                             const RouteTables& tables) {
    return read(NetworkRule{.ipv4 = true, .table = main_table}, file, section, tables);
}

} // namespace wgnl::networkd
