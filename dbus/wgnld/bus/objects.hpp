// SPDX-License-Identifier: LGPL-2.1-or-later
// The member tables of the three interfaces, for sd-bus, and how values get into a message.
#pragma once

#include <string_view>
#include <vector>

#include <systemd/sd-bus.h>

#include <wgnl/declaration.hpp>

#include "model/property_table.hpp"

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

} // namespace wgnl::daemon
