// SPDX-License-Identifier: LGPL-2.1-or-later
// A .netdev file with its drop-ins, read into a declaration.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "base/ini.hpp"
#include "networkd/files/adapter_user.hpp"
#include "networkd/files/search_path.hpp"
#include "networkd/lists/kept_lists.hpp"
#include "networkd/match/host.hpp"
#include "networkd/netdev/listed_peers.hpp"
#include "networkd/network/route_tables.hpp"

namespace wgnl::networkd {

/// StateDirectory= of the service.
inline constexpr std::string_view kept_lists_folder = "/var/lib/wgnl-networkd";

/// What reading needs besides the file.
struct ReadContext {
    Root root{};
    Host host{};
    RouteTables tables{};
    /// Who must be able to read key files as well as the caller, or null; must outlive this.
    const AdapterUser* judge{};
    std::chrono::sys_seconds now{};           ///< by which lists of peers expire
    std::shared_ptr<const KeptLists> lists{}; ///< what was kept of them; null: nothing

    /// This machine, with every absolute path under `root`.
    static ReadContext current(const Root& root, Inputs& inputs, SystemdQuery ask_systemd = {});
};

/// One file in memory.
struct SourceFile {
    std::string path{};
    std::string
        label{}; ///< short name for DeclaredPeer::location: "wg0.netdev", "wg0.netdev.d/a.conf"
    IniFile ini{};
    bool readable_by_all{false};
};

struct Netdev {
    enum class Status : std::uint8_t {
        declares,   ///< `declaration` is filled in
        not_for_us, ///< another kind of device, or not for this machine
        broken,     ///< it cannot be known which device it means; see `problems`
    };
    Status status{Status::not_for_us};
    /// Mode is left at its default: ownership.hpp decides it. `mtu` is that of [NetDev].
    Declaration declaration{};
    std::optional<Mode> requested_mode{}; ///< [X-Wgnl] Mode=
    Location requested_mode_location{};
    bool asks_for_own{false};           ///< [Match] Credential=wgnl.own
    std::set<std::string> peer_files{}; ///< paths of the files that say who is a peer
    std::vector<Problem> problems{};
    std::vector<DeviceList> lists{};                   ///< of Peers=, each that was looked at
    std::optional<ListedAddresses> listed_addresses{}; ///< if Address=peers asks for them
    /// Not all addresses may be known: those that it was given already are to stay.
    bool keeps_addresses{false};
    /// Why a credential that the service is given is not known here; empty if none is.
    std::string sealed{};
    Location listen_port_location{}; ///< of the port that counts
    std::vector<Problem>
        not_expressible{}; ///< notes: keys that are read and have no place in a declaration
};

/// Reads the file (state present) and its drop-ins. Every mistake becomes a problem of the
/// declaration (or of `problems`); adds key files to `inputs`.
Netdev read_netdev(const UnitFile& unit, const ReadContext& context, Inputs& inputs);

/// The same for files that are in memory; the first is the .netdev file itself.
Netdev parse_netdev(const std::vector<SourceFile>& files, const ReadContext& context,
                    Inputs& inputs);

} // namespace wgnl::networkd
