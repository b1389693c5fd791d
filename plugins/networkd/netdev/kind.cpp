// SPDX-License-Identifier: LGPL-2.1-or-later
// Known kinds, and what was meant by others.
#include "networkd/netdev/kind.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <wgnl/text.hpp>

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 39> known_kinds{
    "bareudp", "batadv", "bond",   "bridge", "dummy",     "erspan",    "fou",     "geneve",
    "gre",     "gretap", "hsr",    "ifb",    "ip6gre",    "ip6gretap", "ip6tnl",  "ipip",
    "ipoib",   "ipvlan", "ipvtap", "l2tp",   "macsec",    "macvlan",   "macvtap", "netdevsim",
    "nlmon",   "sit",    "tap",    "tun",    "vcan",      "veth",      "vlan",    "vrf",
    "vti",     "vti6",   "vxcan",  "vxlan",  "wireguard", "wlan",      "xfrm"};

/// "amneziawg", or "awg".
bool is_amneziawg(std::string_view kind) {
    return edit_distance(kind, "amneziawg") <= 2 || edit_distance(kind, "awg") == 0;
}

} // namespace

bool is_known_kind(std::string_view kind) {
    return std::ranges::find(known_kinds, kind) != known_kinds.end();
}

bool is_misspelt(std::string_view kind) {
    constexpr std::string_view meant = "wireguard";
    return kind != meant && (edit_distance(kind, meant) <= 2 || edit_distance(kind, "wg") == 0 ||
                             kind.contains(meant) || is_amneziawg(kind));
}

std::string reason_of_misspelt(std::string_view kind) {
    if (is_amneziawg(kind))
        return fmt::format(
            "Kind={} is AmneziaWG, which the kernel and systemd-networkd do not speak, "
            "so that networkd passes the file over; use AmneziaWG's own programs, or "
            "ask whoever runs the server for a configuration of WireGuard",
            excerpt(kind));
    return fmt::format("Kind={} is no kind of networkd's, which passes the file over; did you mean "
                       "Kind=wireguard?",
                       excerpt(kind));
}

} // namespace wgnl::networkd
