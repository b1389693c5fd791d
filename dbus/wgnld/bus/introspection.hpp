// SPDX-License-Identifier: LGPL-2.1-or-later
// Introspect: of an object by its path, and of an interface without a bus.
#pragma once

#include <string>
#include <string_view>

#include <systemd/sd-bus.h>

#include <wgnl/error.hpp>

namespace wgnl::daemon {

class BusService;

/// Answers Introspect of the node of all devices, of a device, of the node of its peers, or of a
/// peer; 0: it is another call, or there is no such object.
int answer_introspection(sd_bus_message* message, BusService& service);

/// The introspection XML of an object of this kind: "manager", "device" or "peer".
Result<std::string> introspect(std::string_view kind);

} // namespace wgnl::daemon
