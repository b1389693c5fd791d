// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading of single files for the `wgnl` command: `wgnl check FILE` and `wgnl apply FILE`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/files/files.hpp"
#include "networkd/match/host.hpp"
#include "networkd/netdev/network_file.hpp"

namespace wgnl::networkd {

struct Loaded {
    /// Absent if the file declares no WireGuard device for this machine; what is kept as it is,
    /// the device or a peer, is what the service would keep.
    std::optional<Declaration> declaration{};
    std::vector<Problem> problems{}; ///< all, also those of the declaration
    /// For who applies it: what of it wgnl leaves to networkd.
    std::vector<Problem> remarks{};
    /// Where the declaration has no addresses: what the device's owner gives it. MTU from either
    /// file.
    std::optional<NetworkSettings> network{};
    /// What the files say and neither the declaration nor `network` holds, nor `wg_quick`.
    std::vector<Problem> not_expressible{};
    /// For converting: the declaration with what stands beside it, as wg-quick has it; without
    /// addresses and MTU of `network`. Absent if there is no .network file.
    std::optional<AsWgQuick> wg_quick{};
    /// `not_expressible` where `wg_quick` is passed over: all that stands beside the declaration.
    std::vector<Problem> not_declared{};
    /// Why a credential that the service is given is not known to the caller: what it holds is
    /// absent from the declaration. Empty if none is.
    std::string sealed{};
    bool of_folder{false}; ///< read with all of the folders that networkd and wgnl read
};

struct LoadOptions {
    Root root{};
    SystemdQuery ask_systemd{};
    /// Read as the user of systemd-networkd and wgnl-networkd does, where the caller may: for who
    /// asks whether these will take the file, and not for who is to apply it.
    bool as_adapter{false};
};

/// Reads one .netdev file with the drop-ins beside it (FILE.d/*.conf). A file outside of the
/// folders that networkd and wgnl read is taken as one that wgnl owns, with the .network files
/// beside it; `as_adapter` then judges its key files alone. Credentials are those of the stores
/// that the service gets them from. not_found, permission_denied or system if there is no such file
/// to read.
Result<Loaded> load_netdev(const std::string& path, const LoadOptions& options = {});

} // namespace wgnl::networkd
