// SPDX-License-Identifier: LGPL-2.1-or-later
// The interfaces by the kinds of object that have them.
#include "introspect.hpp"

#include <optional>

#include <systemd/sd-bus.h>

#include "objects.hpp"
#include "sd/bus_names.hpp"
#include "sd/introspect.hpp"

namespace wgnl::daemon {

namespace {

struct Kind {
    const char* interface;
    const sd_bus_vtable* table;
};

std::optional<Kind> kind_of(std::string_view name) {
    if (name == "manager")
        return Kind{manager_interface, manager_vtable()};
    if (name == "device")
        return Kind{device_interface, device_vtable()};
    if (name == "peer")
        return Kind{peer_interface, peer_vtable()};
    return std::nullopt;
}

} // namespace

Result<std::string> introspect(std::string_view kind_name) {
    const auto kind = kind_of(kind_name);
    if (!kind)
        return fail(Errc::invalid_argument, "introspect",
                    "there are the kinds manager, device and peer");
    return sd::introspect(kind->interface, kind->table);
}

} // namespace wgnl::daemon
