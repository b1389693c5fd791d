// SPDX-License-Identifier: LGPL-2.1-or-later
// How much of what was sent still waits in the bus daemon.
#pragma once

#include <functional>
#include <string>

#include <systemd/sd-bus.h>

#include "backlog.hpp"
#include "sd/bus.hpp"

namespace wgnl::daemon {

/// Asks dbus-daemon's interface org.freedesktop.DBus.Debug.Stats, which the bus policy opens to
/// wgnld. Other buses do not have what it asks for, nor the fault that makes it necessary.
class BusGauge {
public:
    explicit BusGauge(sd_bus* bus) : bus_(bus) {}

    /// `then` is called once, perhaps at once. A descriptor counts as Backlog has it.
    void ask(const std::string& connection, const std::function<void(Backlog::Reported)>& then);

private:
    sd_bus* bus_;
    sd::PendingCalls questions_{};
};

} // namespace wgnl::daemon
