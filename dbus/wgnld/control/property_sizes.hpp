// SPDX-License-Identifier: LGPL-2.1-or-later
// Small conversions that the bus objects and the snapshot share.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/device_model.hpp"

namespace wgnl::daemon {

inline std::uint64_t microseconds(std::chrono::nanoseconds time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

inline std::string declared_endpoint(const PeerModel& peer) {
    return peer.declared() ? peer.declared()->endpoint : std::string();
}

/// Of one list in a property, at most; a Snapshot has all prefixes.
inline constexpr std::size_t most_problems = 100;
inline constexpr std::size_t most_prefixes = 4096;
/// What the peers in one answer of GetManagedObjects take together, at most: dbus-daemon ends the
/// connection of one who sends a message of more than 32 MiB.
inline constexpr std::size_t most_listed_bytes = std::size_t{16} << 20;
/// The first 100.
std::vector<Problem> problems_of(const PeerModel& peer);
/// About how many bytes the properties of a peer take in a message, with their names; no less than
/// that.
std::size_t size_on_bus(const PeerModel& peer);
/// The same of a device's own, without its peers.
std::size_t size_on_bus(const DeviceModel& device);

} // namespace wgnl::daemon
