// SPDX-License-Identifier: LGPL-2.1-or-later
// The seam between what is done with devices and what does it: one for each implementation of
// WireGuard.
#pragma once

#include <cstdint>
#include <string_view>

#include <wgnl/device.hpp>

namespace wgnl {

/// How single allowed IPs are taken from a peer. Linux 6.16 and wireguard-go of 2025 can do it
/// directly; what others can is found out by a try.
enum class PrefixRemoval : std::uint8_t {
    untested,   ///< directly, the first one alone: who does not know how does nothing
    flag,       ///< directly (WGALLOWEDIP_F_REMOVE_ME, "allowed_ip=-…")
    throw_away, ///< moved to a peer with a random key that is created and removed in one message
};

/// Reads and changes WireGuard devices that exist.
class DeviceBackend {
public:
    virtual ~DeviceBackend() = default;
    /// See Devices::get() and Devices::set().
    virtual Result<Device> get(std::string_view name) = 0;
    virtual Result<void> set(std::string_view name, const DeviceChange& change,
                             const BatchLimits& limits) = 0;
    /// Messages (kernel) or set requests (userspace) sent so far.
    virtual std::uint64_t set_messages() const noexcept = 0;
};

} // namespace wgnl
