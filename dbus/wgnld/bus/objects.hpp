// SPDX-License-Identifier: LGPL-2.1-or-later
// The member tables of the three interfaces, one file each, and what their getters share.
#pragma once

#include <string_view>
#include <vector>

#include <systemd/sd-bus.h>

#include <wgnl/declaration.hpp>

namespace wgnl::daemon {

/// Their user data: BusService for the manager, Target for the others.
const sd_bus_vtable* manager_vtable();
const sd_bus_vtable* device_vtable();
const sd_bus_vtable* peer_vtable();

/// Whether the entry of a member table is a property.
bool is_property(const sd_bus_vtable& entry);
/// The names of the properties whose changes are announced.
std::vector<const char*> changing_properties(const sd_bus_vtable* table);

/// As s, or as one element of "as"; see sanitized().
int append_text(sd_bus_message* reply, std::string_view text);
/// As a(sss): severity, where, text.
int append_problems(sd_bus_message* reply, const std::vector<Problem>& problems);
int append_triple(sd_bus_message* reply, std::string_view a, std::string_view b,
                  std::string_view c);

} // namespace wgnl::daemon
