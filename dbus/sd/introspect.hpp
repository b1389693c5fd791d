// SPDX-License-Identifier: LGPL-2.1-or-later
// What an interface introspects to, without a bus.
#pragma once

#include <string>

#include <systemd/sd-bus.h>

#include <wgnl/error.hpp>

namespace wgnl::sd {

/// The XML of an object that has this interface, as its clients would get it.
Result<std::string> introspect(const char* interface, const sd_bus_vtable* table);

} // namespace wgnl::sd
