// SPDX-License-Identifier: LGPL-2.1-or-later
// wg-quick's DNS= lines: servers and domains, and which queries go to them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/wg_quick.hpp>

namespace wgnl::adapter {

struct NameServer {
    IpAddress address{};
    Location location{};
};

struct NameServers {
    std::vector<NameServer> servers{};
    std::vector<std::string> domains{};
    std::vector<Problem> problems{}; ///< words that are neither
};

/// The domain that stands for every query, as NetworkManager writes it.
inline constexpr std::string_view every_query = "~";

/// Every word of every DNS= line, in their order; words end at blanks and commas, as in wg-quick.
NameServers name_servers_of(const std::vector<WgQuickLine>& lines);

/// All of a family, or a half of it, which is how some write a default route.
constexpr bool is_wide(const AllowedIp& prefix) noexcept { return prefix.prefix_length <= 1; }

/// Whether a peer's allowed IPs make a default route; one predicate for all formats.
inline bool leads_everything(const DeclaredPeer& peer) noexcept {
    return std::ranges::any_of(peer.allowed_ips, is_wide);
}

/// Whether a configuration means every query to go to its servers without a word: one without
/// domains does, and one with a default route. There are servers.
constexpr bool means_every_query(bool has_domains, bool has_default_route) noexcept {
    return !has_domains || has_default_route;
}

} // namespace wgnl::adapter
