// SPDX-License-Identifier: LGPL-2.1-or-later
// Introspection of what is below .../device: each object has its own children and no others, and a
// long list is a large answer.
#pragma once

#include <systemd/sd-bus.h>

namespace wgnl::daemon {

class BusService;

/// Answers Introspect of the node of all devices, of a device, of the node of its peers, or of a
/// peer; 0: it is another call, or there is no such object.
int answer_introspection(sd_bus_message* message, BusService& service);

} // namespace wgnl::daemon
