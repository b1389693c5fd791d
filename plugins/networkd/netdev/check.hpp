// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading of single files for the `wgnl` command: `wgnl check FILE` and `wgnl apply FILE`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/netdev/files.hpp"
#include "networkd/netdev/host.hpp"
#include "networkd/netdev/network_file.hpp"

namespace wgnl::networkd {

struct Loaded {
    /// Absent if the file declares no WireGuard device for this machine; held and held peers as
    /// the service would have them.
    std::optional<Declaration> declaration{};
    std::vector<Problem> problems{}; ///< all, also those of the declaration
    /// Where the declaration has no addresses: what the device's owner gives it. MTU from either
    /// file.
    std::optional<NetworkSettings> network{};
    /// What the files say and neither the declaration nor `network` holds.
    std::vector<Problem> unsaid{};
};

/// Reads one .netdev file with the drop-ins beside it (FILE.d/*.conf). A file outside of the
/// folders that networkd and wgnl read is taken as one that wgnl owns, with the .network files
/// beside it. not_found, permission_denied or system if there is no such file to read.
Result<Loaded> load_netdev(const std::string& path, const Root& root = {},
                           const SystemdQuery& ask_systemd = {});

} // namespace wgnl::networkd
