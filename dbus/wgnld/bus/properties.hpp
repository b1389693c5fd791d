// SPDX-License-Identifier: LGPL-2.1-or-later
// Get, GetAll and GetManagedObjects of devices and peers, answered by us: sd-bus would have to
// answer at once, and who may read, or what is fresh, can take a question first.
#pragma once

#include <systemd/sd-bus.h>

#include "model/property_table.hpp"
#include "service.hpp"

namespace wgnl::daemon {

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
