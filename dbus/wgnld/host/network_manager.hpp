// SPDX-License-Identifier: LGPL-2.1-or-later
// NetworkManager as it shows itself on the bus: when it may write over endpoints.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sd/bus.hpp"

namespace wgnl::daemon {

/// Hears that NetworkManager was restarted, or that name servers changed: it resolves every
/// endpoint anew then, and writes those of all peers. It is never asked anything.
class NetworkManagerWatcher {
public:
    /// `on_activity` is called each time. A bus without NetworkManager is fine: there is nothing to
    /// hear.
    static Result<std::unique_ptr<NetworkManagerWatcher>>
    open(sd_bus* bus, const std::function<void()>& on_activity);
    NetworkManagerWatcher(const NetworkManagerWatcher&) = delete;
    NetworkManagerWatcher& operator=(const NetworkManagerWatcher&) = delete;

private:
    NetworkManagerWatcher() = default;
    std::vector<std::unique_ptr<sd::Callback>> matches_{};
};

} // namespace wgnl::daemon
