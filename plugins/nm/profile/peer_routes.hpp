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

/// Whether the profile disables that family: then NetworkManager sets no routes of it, though it
/// does of one that is merely ignored. False for null.
bool is_off(NMSettingIPConfig* ip);

/// Table and metric of a route.
struct TableAndMetric {
    std::uint32_t table{};
    std::uint32_t metric{};

    auto operator<=>(const TableAndMetric&) const = default;
};

/// What a profile asks of NetworkManager for routes of one family.
struct FamilyRoutes {
    std::optional<TableAndMetric> target{}; ///< absent: none are set
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
    bool are_on() const noexcept { return v4_.target || v6_.target; }
    /// Table and metric of most routes.
    std::optional<TableAndMetric> common() const;

    /// The routes that NetworkManager sets for these prefixes, in their order. A prefix of a family
    /// without routes has none, nor has a default route that the profile forbids or that is
    /// NetworkManager's alone.
    std::vector<DeclaredRoute> of(const std::vector<AllowedIp>& prefixes) const;

private:
    std::optional<TableAndMetric> target_of(const AllowedIp& prefix) const;
    const FamilyRoutes& family_of(const AllowedIp& prefix) const;

    FamilyRoutes v4_;
    FamilyRoutes v6_;
};

} // namespace wgnl::nm
