// SPDX-License-Identifier: LGPL-2.1-or-later
// One look at every folder: which devices are declared, and what every file looks like.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/netdev/netdev.hpp"
#include "networkd/netdev/ownership.hpp"

namespace wgnl::networkd {

/// What stands behind one .netdev name after a scan.
struct NetdevFile {
    std::string path{}; ///< the file that counts
    FileState state{FileState::absent};
    /// It is there and was read, but nobody can tell which device it means.
    bool broken{false};
    std::vector<Problem> problems{};        ///< if broken or unreadable
    std::set<std::string> peer_files{};     ///< see Netdev
    std::optional<std::uint32_t> mtu{};     ///< of [NetDev], whoever sets it
    std::vector<Problem> not_expressible{}; ///< see Netdev
    std::string sealed{};                   ///< see Netdev
};

struct Scan {
    std::vector<Declaration> declarations{}; ///< one a device, in the order of their files
    /// By folder set and file name, see unit_key(): every .netdev name that exists.
    std::map<std::string, NetdevFile> files{};
    std::vector<Problem> problems{}; ///< of no single device
    /// A folder could not be listed: that a file is missing means nothing.
    bool incomplete{false};
    Inputs inputs{}; ///< what has to be watched
    /// The signed lists of peers, by device: of those that are declared.
    std::map<std::string, std::vector<DeviceList>> lists{};
    /// Devices whose addresses are not all known: those that they were given before stay.
    std::set<std::string> keep_addresses{};
    /// When the first list that counts expires, and soon if one did, by a clock that may be set
    /// yet: look again then. Absent: none is to.
    std::optional<std::chrono::seconds> expires_in{};
};

struct ScanOptions {
    SystemdQuery ask_systemd{};               ///< without it some [Match] conditions stay undecided
    bool from_stores{false};                  ///< see Host::look_into_stores()
    const AdapterUser* user{};                ///< as whom all is read; null: as the caller
    std::shared_ptr<const KeptLists> lists{}; ///< null: what the service kept
};

/// Reads everything under `root`.
Scan scan(const Root& root, const ScanOptions& options = {});

/// Names a .netdev file whichever of networkd's folders it lies in: "networkd/wg0.netdev".
std::string unit_key(FolderOwner owner, std::string_view path);

} // namespace wgnl::networkd
