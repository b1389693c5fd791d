// SPDX-License-Identifier: LGPL-2.1-or-later
// The seam between what is done with devices and what does it: one for each implementation of
// WireGuard.
#pragma once

#include <cstdint>
#include <string_view>

#include <wgnl/device.hpp>

namespace wgnl {

/// Reads and changes WireGuard devices that exist.
class DeviceBackend {
public:
    virtual ~DeviceBackend() = default;
    /// See Client::get and Client::set.
    virtual Result<Device> get(std::string_view name) = 0;
    virtual Result<void> set(std::string_view name, const DeviceChange& change,
                             const BatchLimits& limits) = 0;
    /// Messages (kernel) or set requests (userspace) sent so far.
    virtual std::uint64_t set_messages() const noexcept = 0;
};

} // namespace wgnl
