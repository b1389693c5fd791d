// SPDX-License-Identifier: LGPL-2.1-or-later
// What the manager tells the world, and what it asks of it: two interfaces, so that tests can
// listen.
#pragma once

#include <functional>
#include <string>

#include "device_model.hpp"

namespace wgnl::daemon {

/// Everything that is to be said on the bus.
class Publisher {
public:
    virtual ~Publisher() = default;
    virtual void appeared(const DeviceModel& device) = 0;
    virtual void changed(const DeviceModel& device, const DeviceUpdate& update) = 0;
    /// About to go: neither declared nor live any more.
    virtual void vanished(const DeviceModel& device) = 0;
    virtual void applied(const DeviceModel& device, bool ok) = 0;
};

/// The machine's service manager and network manager, as far as they are there.
class HostServices {
public:
    using Done = std::function<void(Result<void>)>;
    virtual ~HostServices() = default;
    /// Asks the owner of a new link whether it is done with it; the answer is
    /// HostEvent::owner_done.
    virtual void ask_owner(std::uint32_t ifindex) = 0;
    /// Whether netdev_file_of() says anything.
    virtual bool names_netdev_files() const { return false; }
    /// Whether it is known that it says nothing: an older release of systemd.
    virtual bool hides_netdev_files() const { return false; }
    /// Whether userspace implementations can be started as units.
    virtual bool starts_units() const = 0;
    virtual void start_userspace(const std::string& device, Done done) = 0;
};

} // namespace wgnl::daemon
