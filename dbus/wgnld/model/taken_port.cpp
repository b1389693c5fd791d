// SPDX-License-Identifier: LGPL-2.1-or-later
// Two devices with one listen port: one of them is down.
#include "taken_port.hpp"

#include <fmt/format.h>

namespace wgnl::daemon {

std::optional<Problem> taken_port(const DeviceModel& device, const Location& location, Mode mode,
                                  const std::vector<const DeviceModel*>& all) {
    const auto port = device.properties().listen_port;
    if (!device.link() || device.properties().up || port == 0)
        return std::nullopt;
    for (const auto* other : all)
        if (other != &device && other->properties().up && other->properties().listen_port == port)
            return Problem{
                Severity::error, location,
                fmt::format("{0} is down, and cannot come up while {1} has its listen "
                            "port {2}: remove {1} (\"networkctl delete {1}\" where it is "
                            "left from before {0} got its name) or choose another port, "
                            "and set {0} up (\"{3} {0}\")",
                            device.name(), other->name(), port,
                            mode == Mode::own ? "wgnl reconcile" : "networkctl up")};
    return std::nullopt;
}

} // namespace wgnl::daemon
