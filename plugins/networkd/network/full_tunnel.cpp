// SPDX-License-Identifier: LGPL-2.1-or-later
// Which mark and which table a default route has.
#include "networkd/network/full_tunnel.hpp"

#include <algorithm>
#include <ranges>

namespace wgnl::networkd {
namespace {

/// As wg-quick has it without Table=: the last one counts.
bool chooses_table(std::span<const WgQuickLine> lines) {
    for (const auto& line : lines | std::views::reverse)
        if (line.key == "Table")
            return line.value.empty() || line.value.view() == "auto";
    return true;
}

bool leads_all_of(const Declaration& declaration, Family family) {
    return std::ranges::any_of(declaration.peers, [&](const DeclaredPeer& peer) {
        return has_wide_route(declaration, peer) &&
               std::ranges::any_of(peer.allowed_ips, [&](const AllowedIp& prefix) {
                   return is_wide(prefix) && prefix.network.family() == family;
               });
    });
}

std::uint32_t first_free(const std::set<std::uint32_t>& taken) {
    auto number = first_tunnel_mark;
    while (taken.contains(number))
        ++number;
    return number;
}

} // namespace

bool has_wide_route(const Declaration& declaration, const DeclaredPeer& peer) {
    const auto table = peer.route_table ? peer.route_table : declaration.route_table;
    return !peer.kept_as_is && table == main_table && adapter::leads_everything(peer);
}

std::optional<FullTunnel> full_tunnel_of(const Declaration& declaration,
                                         std::span<const WgQuickLine> lines,
                                         const std::set<std::uint32_t>& taken) {
    FullTunnel tunnel{.ipv4 = leads_all_of(declaration, Family::ipv4),
                      .ipv6 = leads_all_of(declaration, Family::ipv6)};
    if (!chooses_table(lines) || (!tunnel.ipv4 && !tunnel.ipv6))
        return std::nullopt;
    tunnel.mark = declaration.fwmark.value_or(0);
    if (tunnel.mark == 0) {
        tunnel.mark = first_free(taken);
        tunnel.origin =
            declaration.fwmark ? FullTunnel::Mark::in_its_way : FullTunnel::Mark::chosen;
    }
    tunnel.table = is_general_table(tunnel.mark) ? first_free(taken) : tunnel.mark;
    return tunnel;
}

} // namespace wgnl::networkd
