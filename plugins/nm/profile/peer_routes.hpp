// SPDX-License-Identifier: LGPL-2.1-or-later
// Where NetworkManager puts the routes of peers: its table and metric for each family.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include <NetworkManager.h>

#include <wgnl/declaration.hpp>

#include "nm/profile/profile_reader.hpp"

namespace wgnl::nm {

/// Table and metric of a route.
struct RoutePlace {
    std::uint32_t table{};
    std::uint32_t metric{};

    auto operator<=>(const RoutePlace&) const = default;
};

/// What a profile asks of NetworkManager for routes of one family.
struct FamilyRoutes {
    std::optional<RoutePlace> place{}; ///< absent: none are set
    bool never_default{false};
    /// The default route goes into a table of its own, with routing rules and a mark.
    bool auto_default{false};
};

/// Both families of a profile.
class PeerRoutes {
public:
    explicit PeerRoutes(NMConnection* profile, NMSettingWireGuard* wireguard);

    /// Whose default route goes into a table of NetworkManager's, with rules and a mark.
    FullTunnel full_tunnel() const noexcept { return {v4_.auto_default, v6_.auto_default}; }
    bool are_on() const noexcept { return v4_.place || v6_.place; }
    /// Table and metric of most routes.
    std::optional<RoutePlace> common() const;

    /// Where the routes of these prefixes belong; absent: none are wanted. Other prefixes decide
    /// before default routes do.
    struct OfPeer {
        std::optional<RoutePlace> place{};
        bool differ{false}; ///< some belong elsewhere, which a declaration cannot say
    };
    OfPeer of(const std::vector<AllowedIp>& prefixes) const;

private:
    std::optional<RoutePlace> place_of(const AllowedIp& prefix) const;
    const FamilyRoutes& family_of(const AllowedIp& prefix) const;

    FamilyRoutes v4_;
    FamilyRoutes v6_;
};

} // namespace wgnl::nm
