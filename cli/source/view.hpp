// SPDX-License-Identifier: LGPL-2.1-or-later
// What `status` and `show` show: devices and peers as text and numbers, wherever they were read.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>
#include <wgnl/plan.hpp>

namespace wgnl::cli {

using Microseconds = std::chrono::microseconds;

/// One peer; never a secret.
struct PeerView {
    std::string public_key{};
    std::string name{};
    std::string endpoint{};          ///< live; empty: none known
    std::string declared_endpoint{}; ///< as written; empty: none
    std::vector<std::string> allowed_ips{};
    std::uint64_t persistent_keepalive{}; ///< seconds, 0 = off
    bool has_preshared_key{false};
    Microseconds last_handshake{}; ///< since the epoch, 0 = never
    std::uint64_t rx_bytes{};
    std::uint64_t tx_bytes{};
    std::string state{};
    bool stalled{false};
    bool declared{false};
    std::vector<Problem> problems{};

    /// The name, or the first characters of the key.
    std::string label() const;
};

/// One device. `peers` is sorted: named ones first, by name, then by key.
struct DeviceView {
    std::string name{};
    std::uint64_t interface_index{};
    std::string backend{};
    std::string mode{};   ///< empty: nobody declared it
    std::string source{}; ///< who declared it
    std::string origin{}; ///< where: a file or an object path
    /// The file of the last "wgnl apply" to it; empty: none, or not for this caller. What was
    /// applied so is declared by nobody: it holds until something else changes it.
    std::string applied_from{};
    std::string state{};
    bool up{false};
    std::string public_key{}; ///< empty: no key, or not for this caller
    std::uint64_t listen_port{};
    std::uint64_t firewall_mark{};
    std::optional<bool> in_sync{}; ///< absent: nobody knows, wgnld is not running
    std::vector<Drift> drift{};
    std::vector<Problem> problems{};
    std::uint64_t peer_count{};
    std::map<std::string, std::uint64_t> state_counts{};
    std::uint64_t rx_bytes{};
    std::uint64_t tx_bytes{};
    Microseconds sampled_at{};     ///< when the figures were read, since the epoch
    std::string event_source{};    ///< how handshakes are noticed; empty: nobody watches
    std::uint64_t missed_events{}; ///< handshakes that nothing announced
    bool peers_listed{true};       ///< false: too many to be listed on the bus
    std::vector<PeerView> peers{};

    /// By name or public key; null if there is none.
    const PeerView* find_peer(std::string_view name_or_key) const;
};

void sort_peers(std::vector<PeerView>& peers);
/// Null if there is none of that name.
const DeviceView* find_device(const std::vector<DeviceView>& devices, std::string_view name);

} // namespace wgnl::cli
