// SPDX-License-Identifier: LGPL-2.1-or-later
// Waiting until the adapter has noticed who owns a device now.
#pragma once

#include <string>

#include <wgnl/error.hpp>

#include "source/bus.hpp"
#include "source/view.hpp"

namespace wgnl::cli {

/// The device once it is in this mode and applied, or once half a minute has passed (`system`).
Result<DeviceView> await_mode(Bus& bus, const std::string& device, const std::string& mode,
                              const std::string& operation);

} // namespace wgnl::cli
