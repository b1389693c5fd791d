// SPDX-License-Identifier: LGPL-2.1-or-later
// A device that cannot come up because another one has its port.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "device_model.hpp"

namespace wgnl::daemon {

/// Why a declared device is down, where that is to be seen: the kernel binds the port when a link
/// comes up, and tells nobody but who tried. `location` and `mode` are those of its declaration,
/// `all` the devices that there are.
std::optional<Problem> taken_port(const DeviceModel& device, const Location& location, Mode mode,
                                  const std::vector<const DeviceModel*>& all);

} // namespace wgnl::daemon
