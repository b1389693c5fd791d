// SPDX-License-Identifier: LGPL-2.1-or-later
// What wg-quick does for a default route, in networkd's terms: a mark, a table of its own, and
// rules that send everything there but the tunnel's own packets and what main has a better route
// for.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include <wgnl/declaration.hpp>
#include <wgnl/wg_quick.hpp>

#include "common/name_servers.hpp"

namespace wgnl::networkd {

inline constexpr std::uint32_t main_table = 254;
/// wg-quick's first choice of a mark, and of the table of that number.
inline constexpr std::uint32_t first_tunnel_mark = 51820;
/// Where wg-quick's rules come to stand: right before that of the table main.
inline constexpr std::uint32_t main_rule_priority = 32764;
inline constexpr std::uint32_t tunnel_rule_priority = 32765;

using adapter::is_wide;

/// Whether every packet is looked up in that table: default, main, local.
constexpr bool is_general_table(std::uint32_t table) noexcept {
    constexpr std::uint32_t first = 253;
    constexpr std::uint32_t last = 255;
    return table >= first && table <= last;
}

struct FullTunnel {
    /// Where the mark comes from: so that it can be left out again.
    enum class Mark : std::uint8_t {
        written,    ///< it is the declaration's
        chosen,     ///< the declaration has none
        in_its_way, ///< the declaration says 0, that there be none, which wg-quick passes over
    };
    std::uint32_t mark{};
    std::uint32_t table{};
    Mark origin{Mark::written};
    bool ipv4{false};
    bool ipv6{false};
};

/// Whether the peer's allowed IPs make a default route that is to lead into the table main.
bool has_wide_route(const Declaration& declaration, const DeclaredPeer& peer);

/// What the default routes of a declaration need; absent if it has none, or if a Table= among the
/// lines names the table that they are to be in. `taken` are marks and tables of other devices.
std::optional<FullTunnel> full_tunnel_of(const Declaration& declaration,
                                         std::span<const WgQuickLine> lines,
                                         const std::set<std::uint32_t>& taken);

} // namespace wgnl::networkd
