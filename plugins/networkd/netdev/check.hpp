// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading of single files for the `wgnl` command: `wgnl check FILE` and `wgnl apply FILE`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/netdev/files.hpp"
#include "networkd/netdev/host.hpp"

namespace wgnl::networkd {

/// A problem and the line it is about.
struct Finding {
    Problem problem{};
    std::string source_line{}; ///< empty if there is none; the value of a secret key is left out
};

struct Loaded {
    /// Absent if the file declares no WireGuard device for this machine; held and held peers as
    /// the service would have them.
    std::optional<Declaration> declaration{};
    std::vector<Problem> problems{}; ///< all, also those of the declaration
};

/// Reads one .netdev file with the drop-ins beside it (FILE.d/*.conf). A file outside of the
/// folders that networkd and wgnl read is taken as one that wgnl owns, with the .network files
/// beside it. not_found, permission_denied or system if there is no such file to read.
Result<Loaded> load_netdev(const std::string& path, const Root& root = {},
                           const SystemdQuery& ask_systemd = {});

/// load_netdev() as findings, in the order of files and lines.
Result<std::vector<Finding>> check_netdev(const std::string& path, const Root& root = {});

} // namespace wgnl::networkd
