// SPDX-License-Identifier: LGPL-2.1-or-later
// What of networkd's files wg-quick does by itself or has a line for: name servers, and the table
// and the rules of a default route. So a pair of files becomes a .conf again.
#pragma once

#include <string>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/wg_quick.hpp>

#include "networkd/network/full_tunnel.hpp"
#include "networkd/network/network_rules.hpp"

namespace wgnl::networkd {

struct SourceFile;

/// As it is written in a .network file.
struct WgQuickPart {
    std::vector<IpAddress> name_servers{};
    std::vector<std::string> domains{}; ///< "~" for every query, which is networkd's "~."
    std::vector<Location> name_lines{}; ///< of both
    std::vector<NetworkRoute> routes{};
    std::vector<NetworkRule> rules{};
    std::vector<Location> mark_lines{}; ///< that say where the mark comes from, or are about it
    FullTunnel::Mark mark_origin{FullTunnel::Mark::written};
};

/// The file with its drop-ins. What is none of these, or says more, is passed over.
WgQuickPart read_wg_quick_part(const std::vector<SourceFile>& files, const RouteTables& tables);

/// A declaration with what stands beside it, in wg-quick's terms.
struct AsWgQuick {
    Declaration declaration{};
    std::vector<WgQuickLine> lines{};       ///< DNS=
    std::vector<Problem> not_expressible{}; ///< of `not_applied`, and what wg-quick cannot say
};

/// Mark, table, routes and rules are left out where they do together what wg-quick does for the
/// peers' allowed IPs without a word; else they stay. `not_applied` names all lines of the .network
/// file that are not the declaration's.
AsWgQuick as_wg_quick(const Declaration& declaration, const WgQuickPart& part,
                      const std::vector<Problem>& not_applied);

} // namespace wgnl::networkd
