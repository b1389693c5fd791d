// SPDX-License-Identifier: LGPL-2.1-or-later
// Readers of the single sections of a .netdev file; used by netdev.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/files/report.hpp"
#include "networkd/netdev/netdev.hpp"
#include <wgnl/secret_text.hpp>

namespace wgnl::networkd {

/// What the readers share.
struct Reading {
    const Surroundings& around;
    Inputs& inputs;
    Report& report;
    std::string& sealed;  ///< see Netdev::sealed
    bool& networkd_reads; ///< the file is networkd's as well

    /// The text of a credential. `lack` gets the reason if that is a mistake, and stays as it is if
    /// only the service can read it.
    std::optional<SecretText> credential(std::string_view name, std::string& lack) const;
};

/// Collects [WireGuard], of all files in their order.
class DeviceSection {
public:
    explicit DeviceSection(Reading reading) : reading_(reading) {}

    void take(const SourceFile& file, const IniSection& section);

    /// Fills in key, port, mark and routes. Without a usable private key (of the section, or of the
    /// credential network.wireguard.private.NAME) the declaration is held.
    void finish(const std::string& path, Declaration& declaration);
    /// Of the port that counts; empty if there is none.
    const std::string& listen_port_where() const { return listen_port_where_; }

private:
    void assign(const Location& where, const IniAssignment& assignment);
    void take_private_key(const Location& where, const IniAssignment& assignment);
    void take_listen_port(const Location& where, const IniAssignment& assignment);
    void take_fwmark(const Location& where, const IniAssignment& assignment);
    void take_route_table(const Location& where, const IniAssignment& assignment);
    void take_route_metric(const Location& where, const IniAssignment& assignment);
    void reject_key(const Location& where, std::string_view text);
    void read_key_file();
    void read_default_credential(const std::string& path);

    Reading reading_;
    std::optional<PrivateKey> key_{};
    std::string key_file_{};
    std::string key_file_path_{};
    std::uint32_t key_file_line_{};
    bool key_rejected_{false};
    bool key_sealed_{false};
    std::optional<std::uint16_t> listen_port_{};
    std::string listen_port_where_{};
    std::optional<std::uint32_t> fwmark_{};
    std::optional<std::uint32_t> route_table_{};
    std::optional<std::uint32_t> route_metric_{};
};

/// One [WireGuardPeer] section as read, before duplicates are settled.
struct PeerDraft {
    DeclaredPeer peer{};
    std::string_view file{}; ///< path, owned by the SourceFile
    std::uint32_t line{};
    std::vector<std::uint32_t> prefix_lines{}; ///< of each entry of peer.allowed_ips
    bool named{false};                         ///< its public key is there and can be read
    bool named_twice{false};                   ///< by two keys: the last counts
};

/// A section that is not named, or twice, may mean a peer that no section names: then none may go.
PeerDraft read_peer(const SourceFile& file, const IniSection& section, const Reading& reading);

/// Settles public keys and prefixes that two sections claim: the first one keeps them, as under
/// networkd. What a section that names nobody claims goes to nobody. A peer with the device's own
/// public key is left out: the kernel ignores it.
std::vector<DeclaredPeer> settle_claims(std::vector<PeerDraft> drafts,
                                        const std::optional<PublicKey>& own_key, Report& report);

} // namespace wgnl::networkd
