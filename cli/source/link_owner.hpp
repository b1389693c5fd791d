// SPDX-License-Identifier: LGPL-2.1-or-later
// Who keeps a link as it is configured elsewhere, by what its owners leave under /run.
#pragma once

#include <cstdint>
#include <string>

namespace wgnl::cli {

/// Where systemd-networkd and NetworkManager keep a file for each link, named after its index.
struct OwnerFolders {
    std::string networkd{"/run/systemd/netif/links"};
    std::string network_manager{"/run/NetworkManager/devices"};
};

/// Who made or configures the link, and where it is to be changed, as a clause; empty: neither of
/// the two. Who does not say yet, or cannot be asked, counts as an owner. Only of links in the
/// network namespace of process 1, which is theirs.
std::string owner_of_link(std::uint32_t ifindex, const OwnerFolders& folders = {});

} // namespace wgnl::cli
