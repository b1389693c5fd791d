// SPDX-License-Identifier: LGPL-2.1-or-later
// How much room the properties of devices and peers take on the bus.
#pragma once

#include <cstddef>

#include "model/device_model.hpp"

namespace wgnl::daemon {

/// What the peers in one answer of GetManagedObjects take together, at most: dbus-daemon ends the
/// connection of one who sends a message of more than 32 MiB.
inline constexpr std::size_t most_listed_bytes = std::size_t{16} << 20;
/// About how many bytes the properties of a peer take in a message, with their names; no less than
/// that.
std::size_t size_on_bus(const PeerModel& peer);
/// The same of a device's own, without its peers.
std::size_t size_on_bus(const DeviceModel& device);

} // namespace wgnl::daemon
