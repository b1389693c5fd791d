// SPDX-License-Identifier: LGPL-2.1-or-later
// The member tables of the three interfaces, one file each, and what their getters share.
#pragma once

#include <vector>

#include <systemd/sd-bus.h>

#include <wgnl/declaration.hpp>

namespace wgnl::daemon {

/// Their user data: BusService for the manager, Target for the others.
const sd_bus_vtable* manager_vtable();
const sd_bus_vtable* device_vtable();
const sd_bus_vtable* peer_vtable();

/// As a(sss): severity, where, text.
int append_problems(sd_bus_message* reply, const std::vector<Problem>& problems);

} // namespace wgnl::daemon
