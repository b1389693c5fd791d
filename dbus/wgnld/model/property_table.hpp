// SPDX-License-Identifier: LGPL-2.1-or-later
// The properties of a device and of a peer, a row each. What the bus answers and announces of them,
// what a snapshot has and who may read what are made from these tables.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "device_model.hpp"

namespace wgnl::daemon {

/// A value in the type that it has on the bus. What is only referred to lives until the next input
/// of the model.
using PropertyValue =
    std::variant<bool, std::uint16_t, std::uint32_t, std::uint64_t, std::string_view, std::string,
                 std::span<const std::string>, std::span<const AllowedIp>, std::span<const Drift>,
                 std::vector<Problem>, StateCounts>;

/// Who may read a property of a device that is private.
enum class Readers : std::uint8_t {
    everybody, ///< name, counts, states
    insiders   ///< root, group wgnl, whom polkit allows, the user whose profile it is
};

/// As in org.freedesktop.DBus.Property.EmitsChangedSignal: "const", "true", "false".
enum class Emits : std::uint8_t { constant, changes, nothing };

struct Property {
    const char* name;
    const char* signature; ///< in the notation of D-Bus
    Readers readers;
    Emits emits;
};

struct DeviceProperty : Property {
    PropertyValue (*value)(const DeviceModel& device);
    /// Null unless it emits changes.
    bool (*differs)(const DeviceProperties& before, const DeviceProperties& after);
};

/// A peer, and when the counters of its device were read.
struct PeerReadAt {
    const PeerModel& peer;
    Moment sampled_at;
};

struct PeerProperty : Property {
    PropertyValue (*value)(const PeerReadAt& view);
};

/// In the order of the interfaces' XML and of a snapshot.
std::span<const DeviceProperty> device_table();
std::span<const PeerProperty> peer_table();

/// The row of that name; null if there is none.
template <typename Row>
const Row* find_property(std::span<const Row> table, std::string_view name) {
    const auto found = std::ranges::find(table, name, &Row::name);
    return found == table.end() ? nullptr : &*found;
}

/// Those that emit changes and differ.
std::vector<const char*> changed_properties(const DeviceProperties& before,
                                            const DeviceProperties& after);

/// What the declaration says of it and what came up since; of one list, at most this many.
inline constexpr std::size_t most_problems = 100;
std::vector<Problem> problems_of(const PeerModel& peer);

inline std::uint64_t microseconds(std::chrono::nanoseconds time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}
inline std::uint64_t microseconds(Boottime time) { return microseconds(time.time_since_epoch()); }

} // namespace wgnl::daemon
