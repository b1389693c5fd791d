// SPDX-License-Identifier: LGPL-2.1-or-later
// A declaration says for whom its device is, the configuration says it of all others.
#include "access.hpp"

namespace wgnl::daemon {

bool Access::is_public(const DeviceModel& device) const {
    if (device.declared())
        return !device.declared()->is_private;
    return foreign_ == ObserveForeign::full;
}

Viewers Access::viewers_of(const DeviceModel& device) {
    return device.declared() ? device.declared()->viewers : Viewers{};
}

bool Access::may_read(const DeviceModel& device) const {
    if (is_public(device))
        return true;
    auto* message = asked_by_ ? asked_by_ : sd_bus_get_current_message(bus_);
    return message && !announcing_ && authority_.may_inspect(message, viewers_of(device));
}

} // namespace wgnl::daemon
