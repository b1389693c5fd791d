// SPDX-License-Identifier: LGPL-2.1-or-later
// Get, GetAll and GetManagedObjects of devices and peers, answered by us: sd-bus would have to
// answer at once, and who may read, or what is fresh, can take a question first.
#pragma once

#include <systemd/sd-bus.h>

namespace wgnl::daemon {

/// A filter of the bus: answers, at once or later, every Get and GetAll of a device or a peer that
/// is there, and GetManagedObjects; leaves everything else alone. `self` is the BusService.
int answer_properties(sd_bus_message* message, void* self, sd_bus_error* error) noexcept;

} // namespace wgnl::daemon
