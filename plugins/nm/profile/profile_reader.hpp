// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads a native `wireguard` profile of NetworkManager as a declaration. Pure: no bus, no process.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <NetworkManager.h>

#include <wgnl/declaration.hpp>

namespace wgnl::nm {

/// Keys of the setting `user` that wgnl heeds; NetworkManager and all editors keep them.
inline constexpr const char* mode_key = "org.wgnl.mode";       ///< "sync" (as if absent), "observe"
inline constexpr const char* strict_key = "org.wgnl.strict";   ///< "yes" or "no"
inline constexpr const char* private_key = "org.wgnl.private"; ///< "yes" or "no"

/// The families whose default route NetworkManager sends through the tunnel by rules of its own.
struct FullTunnel {
    bool v4{false};
    bool v6{false};

    bool any() const noexcept { return v4 || v6; }
    bool operator==(const FullTunnel&) const = default;
};

/// What is known of a profile beside what it says.
struct ReadOptions {
    /// The mark that the running device has; absent: it does not run, or nobody looked.
    std::optional<std::uint32_t> live_fwmark{};
    /// What the profile asked for when it was activated; absent: nobody knows.
    std::optional<FullTunnel> set_up{};
    /// Why NetworkManager did not give the secrets; empty: it was asked and answered.
    std::string secrets_failure{};
    /// False for what the caller tells in words of its own: that keys are not there, and that
    /// NetworkManager does not use a preshared key (lint(), not_expressible_in()).
    bool tell_missing_keys{true};
    bool tell_unused_keys{true};
};

/// A profile in wgnl's terms: what is declared, and what only another format has a place for.
struct ReadProfile {
    std::string id{};   ///< connection.id as it stands; printable() before it is shown
    std::string uuid{}; ///< connection.uuid
    /// Mode `sync` or `observe`, no addresses, no MTU; its own problems are in it. Absent: the
    /// profile is of another type or names no device, and `problems` says so.
    std::optional<Declaration> declaration{};
    std::vector<Problem> problems{};           ///< why nothing is declared
    std::vector<InterfaceAddress> addresses{}; ///< of ipv4 and ipv6, in this order
    std::optional<std::uint32_t> mtu{};        ///< wireguard.mtu; absent: 0 in the profile
    std::vector<std::string> dns{};            ///< servers, as NetworkManager writes them
    std::vector<std::string> dns_search{};     ///< domains, as NetworkManager writes them
    /// As `Table=` of wg-quick: absent for auto, 0 for off (peer-routes=no), else a number.
    std::optional<std::uint32_t> route_table{};
    FullTunnel full_tunnel{}; ///< as the profile has it now
    std::vector<Problem>
        not_expressible{}; ///< gateways, routes and rules, which have no place here
};

/// Where a key of a group is written, by the names that a key file has for them: "wireguard",
/// "listen-port"; "wireguard-peer.KEY", "endpoint". Without a key: of the group.
using SettingLocator = std::function<Location(std::string_view group, std::string_view key)>;

/// The group of a peer in a key file.
inline std::string peer_group(std::string_view public_key) {
    return "wireguard-peer." + std::string(public_key);
}

/// "My VPN (UUID)", and with a setting "My VPN (UUID): wireguard.listen-port" or
/// "My VPN (UUID): wireguard-peer.KEY", as the key file and nmcli spell it.
std::string location_in(NMConnection* profile, std::string_view setting = {});

/// Whether org.wgnl.private asks for it, whatever NetworkManager's permissions are.
bool wants_private(NMConnection* profile);

/// Total. `profile` is of any type, verified or not, with the secrets that could be read.
/// - a private key that cannot be read is not declared, with a problem; one that is no key has
///   the device kept as it is
/// - a peer with a mistake is kept as it is; a prefix of two peers belongs to the later one, as in
/// the kernel
/// - routes are asked for where NetworkManager sets them: its `peer-routes`, table and metric. The
///   default route of a full tunnel stands in a table of NetworkManager's and is its alone.
ReadProfile declaration_of(NMConnection* profile, const ReadOptions& options = {});

} // namespace wgnl::nm
