// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests that the manager and the devices share, and answers that come later.
#pragma once

#include <string>

#include <systemd/sd-bus.h>

#include "bus_service.hpp"

namespace wgnl::daemon {

/// Answers the message when it is called: an empty reply, or the error.
Keeper::Done reply_later(sd_bus_message* message);

/// Why another source's claim on the device stands in the way, naming both.
std::string conflict_text(const DeclarationBook& book, const std::string& device);

/// Reconciles the device (empty: all that the caller may) if the caller is root or has declared it,
/// else if polkit says yes. Returns what a method handler returns.
int request_reconcile(BusService& service, sd_bus_message* message, const std::string& device,
                      sd_bus_error* error);

} // namespace wgnl::daemon
