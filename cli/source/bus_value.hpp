// SPDX-License-Identifier: LGPL-2.1-or-later
// What wgnld says on the bus, as C++ values and as views.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <wgnl/error.hpp>

#include "view.hpp"

struct sd_bus_message;

namespace wgnl::cli {

// --- D-Bus property values as C++ values, and objects as maps of them.

using Triple = std::array<std::string, 3>;
/// The types that wgnld's properties have; std::monostate stands for any other.
using Value =
    std::variant<std::monostate, bool, std::uint64_t, std::string, std::vector<std::string>,
                 std::vector<Triple>, std::map<std::string, std::uint64_t>>;
using Properties = std::map<std::string, Value, std::less<>>;
/// Object path → interface → properties, as GetManagedObjects answers.
using ManagedObjects = std::map<std::string, std::map<std::string, Properties>>;

/// Reads a{oa{sa{sv}}}; `protocol` if the message holds something else.
Result<ManagedObjects> read_managed_objects(sd_bus_message* message);
/// The names of a(so), sorted, as ListDevices answers.
Result<std::vector<std::string>> read_device_names(sd_bus_message* message);
/// Reads a{sv}, as GetAll answers; `protocol` if the message holds something else.
Result<Properties> read_properties(sd_bus_message* message);

// --- The objects of org.wgnl.WireGuard1 as views.

/// The properties of org.wgnl.WireGuard1.Device as a view without peers.
DeviceView device_of(const Properties& properties);
/// The properties of org.wgnl.WireGuard1.Peer as a view.
PeerView peer_of(const Properties& properties);
/// The property Problems, of whichever object.
std::vector<Problem> problems_of(const Properties& properties);
/// Takes over the properties that are given; the others stay.
void update(DeviceView& device, const Properties& properties);
void update(PeerView& peer, const Properties& properties);

/// Devices sorted by name, each with its peers. Properties that are missing (they are not for this
/// caller, or the daemon is older) stay empty; unknown ones are passed over.
std::vector<DeviceView> devices_of(const ManagedObjects& objects);

// --- A device's snapshot: its peers in one document, for devices with too many of them for the
// bus.

/// The peers of the JSON document that org.wgnl.WireGuard1.Device.Snapshot answers with, sorted;
/// `protocol` if it is not one.
Result<std::vector<PeerView>> peers_of_snapshot(std::string_view json);

} // namespace wgnl::cli
