// SPDX-License-Identifier: LGPL-2.1-or-later
// NetworkManager's rules for routes of allowed IPs.
#include "nm/profile/peer_routes.hpp"

#include "nm/profile/glib.hpp"

namespace wgnl::nm {
namespace {

/// The table that 0 stands for, RT_TABLE_MAIN of rtnetlink(7).
constexpr std::uint32_t main_table = 254;
/// What NetworkManager gives the routes of tunnels where the profile has no metric.
constexpr std::uint32_t tunnel_metric = 50;

bool has_default_prefix(NMSettingWireGuard* wireguard, Family family) {
    for (guint i = 0; i < nm_setting_wireguard_get_peers_len(wireguard); ++i) {
        auto* peer = nm_setting_wireguard_get_peer(wireguard, i);
        for (guint j = 0; j < nm_wireguard_peer_get_allowed_ips_len(peer); ++j) {
            auto prefix =
                AllowedIp::parse(view(nm_wireguard_peer_get_allowed_ip(peer, j, nullptr)));
            if (prefix && prefix->value.is_default() && prefix->value.network.family() == family)
                return true;
        }
    }
    return false;
}

TableAndMetric target_in(NMSettingIPConfig* ip) {
    auto table = ip == nullptr ? 0 : nm_setting_ip_config_get_route_table(ip);
    auto metric = ip == nullptr ? -1 : nm_setting_ip_config_get_route_metric(ip);
    return {table == 0 ? main_table : table,
            metric < 0 ? tunnel_metric : static_cast<std::uint32_t>(metric)};
}

FamilyRoutes routes_of(NMConnection* profile, NMSettingWireGuard* wireguard, Family family) {
    const bool is_v4 = family == Family::ipv4;
    auto* ip = is_v4 ? nm_connection_get_setting_ip4_config(profile)
                     : nm_connection_get_setting_ip6_config(profile);
    auto wish = is_v4 ? nm_setting_wireguard_get_ip4_auto_default_route(wireguard)
                      : nm_setting_wireguard_get_ip6_auto_default_route(wireguard);
    FamilyRoutes routes;
    routes.never_default = ip != nullptr && nm_setting_ip_config_get_never_default(ip) != 0;
    routes.auto_default = wish == NM_TERNARY_DEFAULT
                              ? !routes.never_default && has_default_prefix(wireguard, family)
                              : wish == NM_TERNARY_TRUE;
    if (nm_setting_wireguard_get_peer_routes(wireguard) != 0 && !is_off(ip))
        routes.target = target_in(ip);
    return routes;
}

} // namespace

bool is_off(NMSettingIPConfig* ip) {
    return ip != nullptr && view(nm_setting_ip_config_get_method(ip)) == "disabled";
}

PeerRoutes::PeerRoutes(NMConnection* profile, NMSettingWireGuard* wireguard)
    : v4_(routes_of(profile, wireguard, Family::ipv4)),
      v6_(routes_of(profile, wireguard, Family::ipv6)) {}

std::optional<TableAndMetric> PeerRoutes::common() const {
    return v4_.target ? v4_.target : v6_.target;
}

const FamilyRoutes& PeerRoutes::family_of(const AllowedIp& prefix) const {
    return prefix.network.family() == Family::ipv4 ? v4_ : v6_;
}

std::optional<TableAndMetric> PeerRoutes::target_of(const AllowedIp& prefix) const {
    const auto& family = family_of(prefix);
    if (prefix.is_default() && (family.never_default || family.auto_default))
        return std::nullopt;
    return family.target;
}

std::vector<DeclaredRoute> PeerRoutes::of(const std::vector<AllowedIp>& prefixes) const {
    std::vector<DeclaredRoute> routes;
    for (const auto& prefix : prefixes)
        if (auto target = target_of(prefix))
            routes.push_back({prefix, target->table, target->metric});
    return routes;
}

} // namespace wgnl::nm
