// SPDX-License-Identifier: LGPL-2.1-or-later
// One reading of a device without its secrets: all that the bus thread ever sees of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <wgnl/device.hpp>
#include <wgnl/state.hpp>

namespace wgnl::daemon {

struct PeerReading {
    PublicKey public_key{};
    std::optional<Endpoint> endpoint{};
    std::uint16_t persistent_keepalive{};      ///< seconds, 0 = off
    std::chrono::nanoseconds last_handshake{}; ///< since the epoch, 0 = never
    std::uint64_t rx_bytes{};
    std::uint64_t tx_bytes{};
    std::vector<AllowedIp> allowed_ips{}; ///< sorted
    bool has_preshared_key{false};

    bool operator==(const PeerReading&) const = default;
};

struct DeviceReading {
    Link link{};
    bool readable{true}; ///< false: the link is there, its configuration could not be read
    std::optional<PublicKey> public_key{};
    std::uint16_t listen_port{};
    std::uint32_t fwmark{};
    std::vector<PeerReading> peers{}; ///< sorted by public key
    Moment at{};                      ///< when the reading began
    std::chrono::nanoseconds
        cost{}; ///< processor time it took; waiting for the kernel's locks is free
};

/// Leaves the secrets behind.
DeviceReading without_secrets(const Link& link, const Device& device, Moment at,
                              std::chrono::nanoseconds cost);

/// Whether both show the same configuration, whatever the counters and handshakes say.
bool same_configuration(const DeviceReading& a, const DeviceReading& b);

} // namespace wgnl::daemon
