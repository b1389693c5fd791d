// SPDX-License-Identifier: LGPL-2.1-or-later
// wg-quick's DNS= lines: servers and domains.
#pragma once

#include <string>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/wg_quick.hpp>

namespace wgnl::nm {

struct NameServer {
    IpAddress address{};
    Location location{};
};

struct NameServers {
    std::vector<NameServer> servers{};
    std::vector<std::string> domains{};
    std::vector<Problem> problems{}; ///< words that are neither
};

/// Every word of every DNS= line, in their order; words end at blanks and commas, as in wg-quick.
NameServers name_servers_of(const std::vector<WgQuickLine>& lines);

} // namespace wgnl::nm
