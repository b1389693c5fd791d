// SPDX-License-Identifier: LGPL-2.1-or-later
// The .network file beside a .netdev: addresses, name servers, routes and rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "common/name_servers.hpp"
#include "networkd/network/full_tunnel.hpp"

namespace wgnl::networkd {

/// The oldest systemd that knows IPv4SrcValidMark=.
inline constexpr unsigned src_valid_mark_since = 261;

struct NetworkContent {
    std::string device{}; ///< [Match] Name= means this device and no other
    std::vector<InterfaceAddress> addresses{};
    adapter::NameServers names{};
    std::vector<DeclaredRoute> routes{};
    std::optional<FullTunnel> tunnel{};
    bool knows_src_valid_mark{false};

    bool empty() const;
    /// Whether its servers answer every query.
    bool answers_every_query() const;
};

/// Empty if there is nothing to be said. read_wg_quick_part() has it all again.
std::string network_text(const NetworkContent& content);

} // namespace wgnl::networkd
