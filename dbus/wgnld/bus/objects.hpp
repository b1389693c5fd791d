// SPDX-License-Identifier: LGPL-2.1-or-later
// The member tables of the three interfaces, for sd-bus, and how values get into a message.
#pragma once

#include <string_view>
#include <vector>

#include <systemd/sd-bus.h>

#include <wgnl/declaration.hpp>

#include "model/property_table.hpp"
#include "service.hpp"

namespace wgnl::daemon {

/// Their user data: BusService for the manager, Target for the others.
const sd_bus_vtable* manager_vtable();
const sd_bus_vtable* device_vtable();
const sd_bus_vtable* peer_vtable();

/// Methods and signals of a device, with the end of the table.
std::vector<sd_bus_vtable> device_members();

/// Of one list of prefixes in a property; a Snapshot has all.
inline constexpr std::size_t most_prefixes = 4096;

// Each returns a negative errno, or no less than 0.
/// As s, or as one element of "as"; see sanitized().
int append_text(sd_bus_message* reply, std::string_view text);
int append_value(sd_bus_message* reply, const PropertyValue& value);

/// A filter of the bus: answers, at once or later, every Get and GetAll of a device or a peer that
/// is there, GetManagedObjects, and Introspect below the node of all devices; takes the calls of
/// those who read no answers; leaves everything else alone. `self` is the BusService.
int answer_properties(sd_bus_message* message, void* self, sd_bus_error* error) noexcept;

/// What it is worth to whom may_read() is about. Where not everybody may see it, it is as empty to
/// one who may not as that of a device without anything.
PropertyValue value_for_caller(const Target& target, const DeviceProperty& property);
PropertyValue value_for_caller(const Target& target, const PeerProperty& property);

/// All properties of the target, a device or a peer, as a{sv}.
int append_all(sd_bus_message* reply, const Target& target);

} // namespace wgnl::daemon
