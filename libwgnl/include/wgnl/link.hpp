// SPDX-License-Identifier: LGPL-2.1-or-later
// The network interface that a WireGuard device is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/device.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// A WireGuard link as rtnetlink (or, for userspace, the socket directory) shows it.
struct Link {
    std::string name{};      ///< 1 to 15 bytes
    std::uint32_t ifindex{}; ///< above 0
    Backend backend{Backend::kernel};
    bool up{false};      ///< as an administrator set it; WireGuard has no carrier
    std::uint32_t mtu{}; ///< bytes
    std::vector<InterfaceAddress> addresses{};
    /// Differs for every device ever created, also under the same name and index, and stays with a
    /// device that is renamed or moved; 0 if unknown. It comes from sysfs: for a namespace that was
    /// given to Client::open(), CAP_SYS_ADMIN is needed; for the caller's own, its sysfs on /sys.
    std::uint64_t creation{};

    bool operator==(const Link&) const = default;
};

} // namespace wgnl
