// SPDX-License-Identifier: LGPL-2.1-or-later
// The .network file that belongs to a device which wgnl owns: addresses and MTU.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/netdev/netdev.hpp"
#include "networkd/netdev/wg_quick_part.hpp"

namespace wgnl::networkd {

/// What wgnl applies of a .network file.
struct NetworkSettings {
    std::string path{};
    std::vector<InterfaceAddress> addresses{};
    std::optional<std::uint32_t> mtu{};
    std::vector<Problem> problems{}; ///< mistakes
    /// A warning for each setting that wgnl does not apply and that would make a difference.
    std::vector<Problem> not_applied{};
    WgQuickPart wg_quick{}; ///< for converting
};

/// The file of a device, if there is one.
struct FoundNetwork {
    std::optional<NetworkSettings> settings{};
    /// What may be the device's and could not be read: nobody knows what it is to have.
    std::vector<Problem> unreadable{};
};

/// The .network files of some folders, read once for all devices.
class NetworkFiles {
public:
    /// Reads every file of the folders (already under the root), the first folder wins. `context`
    /// must outlive the result.
    static NetworkFiles load(const ReadContext& context, std::span<const std::string> folders,
                             Inputs& inputs);

    /// The first file, in networkd's order, whose [Match] fits a WireGuard device of that name.
    /// Files that cannot be read are passed over as networkd does, unless no other fits.
    FoundNetwork find(const std::string& device) const;

private:
    /// One file with its drop-ins.
    struct NetworkFile {
        std::vector<SourceFile> files{};
        std::vector<Problem> unreadable{};
    };
    NetworkFile read(const UnitFile& unit);

    const ReadContext* context_{};
    std::vector<NetworkFile> files_{};
    std::vector<Problem> unreadable_{}; ///< folders, and files of which nothing is known
};

/// Whether [Match] of the files fits a WireGuard device of that name on this machine. A key that
/// cannot be known of a device which does not exist yet (a MAC address, a path) never fits.
bool network_matches(const std::vector<SourceFile>& files, const std::string& device,
                     const Host& host);

/// `host` tells what networkd makes of an address without a prefix length, `tables` the names of
/// routing tables.
NetworkSettings read_network(const std::vector<SourceFile>& files, const Host& host,
                             const RouteTables& tables = {});

} // namespace wgnl::networkd
