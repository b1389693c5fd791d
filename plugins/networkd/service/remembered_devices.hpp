// SPDX-License-Identifier: LGPL-2.1-or-later
// What is remembered of declared devices in a file under /run, so that a restarted adapter knows
// which file had declared a device that it finds no file for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "networkd/service/declared_devices.hpp"

namespace wgnl::networkd {

/// One line a device: "MODE DEVICE PATH". A path with a line break is left out.
std::string format_devices(const std::vector<RememberedDevice>& devices);
/// Lines that say anything else are passed over.
std::vector<RememberedDevice> parse_devices(std::string_view text);

/// Empty if there is no such file.
std::vector<RememberedDevice> load_devices(const std::string& path);
/// Replaces the file in one step; does nothing if it says the same already.
Result<void> save_devices(const std::string& path, const std::vector<RememberedDevice>& devices);

} // namespace wgnl::networkd
