// SPDX-License-Identifier: LGPL-2.1-or-later
// Names, tables, and the union of what addresses and routes cover.
#include "limits.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fnmatch.h>

#include <wgnl/route.hpp>

namespace wgnl::daemon {

namespace {

/// Those that the kernel looks into without being told to, beside main_table.
constexpr std::uint32_t default_table = 253;
constexpr std::uint32_t local_table = 255;
constexpr const char* how_to_allow =
    "use a table of its own with a routing rule, or allow it by AllowDefaultRoute=yes in "
    "/etc/wgnl/wgnld.conf";

bool may_create(const Config& config, const std::string& device) {
    return std::ranges::any_of(config.device_names, [&](const std::string& pattern) {
        return fnmatch(pattern.c_str(), device.c_str(), 0) == 0;
    });
}

using Tables = bool (*)(std::uint32_t table);

bool is_local(std::uint32_t table) { return table == local_table; }

/// Packets look into these without a rule of the administrator's.
bool is_met_by_all(std::uint32_t table) {
    return table == main_table || table == default_table || is_local(table);
}

/// 0: its allowed IPs get no routes.
std::uint32_t table_of(const Declaration& declaration, const DeclaredPeer& peer) {
    return peer.route_table.value_or(declaration.route_table.value_or(0));
}

bool is_too_wide(const IpAddress& address, std::uint8_t prefix_length) {
    constexpr std::uint8_t widest_v4 = 8;
    constexpr std::uint8_t widest_v6 = 16;
    return prefix_length < (address.family() == Family::ipv4 ? widest_v4 : widest_v6);
}

using Prefixes = std::vector<AllowedIp>;

/// Those that are set: single wide ones are left out where they are applied.
void add_route(const AllowedIp& destination, Prefixes& prefixes) {
    if (!is_too_wide(destination.network, destination.prefix_length))
        prefixes.push_back(destination);
}

void add_routes(const Declaration& declaration, const DeclaredPeer& peer, Prefixes& prefixes) {
    for (const auto& route : peer.routes)
        if (is_met_by_all(route.table))
            add_route(route.destination, prefixes);
    if (peer.routes.empty() && is_met_by_all(table_of(declaration, peer)))
        for (const auto& prefix : peer.allowed_ips)
            add_route(prefix, prefixes);
}

bool contains(const AllowedIp& outer, const AllowedIp& inner) {
    return inner.network.masked(outer.prefix_length) == outer.network;
}

/// Of two prefixes either one is in the other, which comes first in this order, or they have
/// nothing in common.
double union_of(const Prefixes& prefixes, Family family) {
    Prefixes sorted;
    std::ranges::copy_if(prefixes, std::back_inserter(sorted), [family](const auto& prefix) {
        return prefix.network.family() == family;
    });
    std::ranges::sort(sorted);
    double share = 0;
    const AllowedIp* last = nullptr;
    for (const auto& prefix : sorted) {
        if (last != nullptr && contains(*last, prefix))
            continue;
        share += std::ldexp(1.0, -static_cast<int>(prefix.prefix_length));
        last = &prefix;
    }
    return share;
}

void note(Declaration& declaration, const Location& location, std::string text) {
    if (declaration.problems.size() < DeclarationLimits{}.problems)
        declaration.problems.push_back({Severity::error, location, std::move(text)});
}

/// Takes the routes in such tables from the declaration; whether there were any.
bool leave_out(Declaration& declaration, Tables which) {
    bool some = false;
    for (auto& peer : declaration.peers) {
        const bool listed = !peer.routes.empty();
        const auto taken =
            std::erase_if(peer.routes, [&](const auto& route) { return which(route.table); });
        const bool all = listed ? peer.routes.empty() : which(table_of(declaration, peer));
        if (all)
            peer.route_table = 0;
        some = some || all || taken > 0;
    }
    return some;
}

/// What is in table local is this machine itself.
void leave_out_local(Declaration& declaration) {
    if (leave_out(declaration, is_local))
        note(declaration, declaration.location,
             "the routes that are declared in table local are not set: it is the kernel's own, for "
             "what this machine itself is; choose another table");
}

void leave_out_wide_addresses(Declaration& declaration) {
    const auto wide = [](const InterfaceAddress& each) {
        return is_too_wide(each.address, each.prefix_length);
    };
    for (const auto& address : declaration.addresses)
        if (wide(address))
            note(declaration, declaration.location,
                 fmt::format("the address {} is not set: its prefix would send so much of the "
                             "Internet into the tunnel; write the length of the tunnel's own "
                             "network (10.0.0.1/24), or {}",
                             address.to_string(), how_to_allow));
    std::erase_if(declaration.addresses, wide);
}

void leave_out_all(Declaration& declaration) {
    note(declaration, declaration.location,
         fmt::format("its addresses and routes cover together more than two prefixes of /8 (IPv6: "
                     "of /16), so that none of them is set; {}",
                     how_to_allow));
    if (declaration.mode == Mode::own)
        declaration.addresses.clear();
    leave_out(declaration, is_met_by_all);
}

} // namespace

Coverage coverage_of(const Declaration& declaration) {
    Prefixes prefixes;
    if (declaration.mode == Mode::own)
        for (const auto& each : declaration.addresses)
            prefixes.push_back({each.address.masked(each.prefix_length), each.prefix_length});
    for (const auto& peer : declaration.peers)
        add_routes(declaration, peer, prefixes);
    return {union_of(prefixes, Family::ipv4), union_of(prefixes, Family::ipv6)};
}

Result<Declaration> enforce(const Config& config, Declaration declaration) {
    if (declaration.mode == Mode::own && !may_create(config, declaration.device))
        return fail(Errc::invalid_argument, fmt::format("declare {}", declaration.device),
                    "its name is none that may be created; DeviceNames= in wgnld.conf lists them");
    leave_out_local(declaration);
    if (config.allow_default_route)
        return declaration;
    if (declaration.mode == Mode::own)
        leave_out_wide_addresses(declaration);
    if (coverage_of(declaration).exceeds(most_of_a_device))
        leave_out_all(declaration);
    return declaration;
}

} // namespace wgnl::daemon
