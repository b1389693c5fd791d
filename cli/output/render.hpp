// SPDX-License-Identifier: LGPL-2.1-or-later
// Views as text for people and as JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "source/view.hpp"
#include "terminal/console.hpp"

namespace wgnl::cli {

/// The block of `wgnl status` for one device: what it is, what is wrong, its peers as a table.
std::string status_text(const DeviceView& device, const Terminal& terminal, Microseconds now);

/// Below all devices: what is wrong with files that are no device's; empty if nothing is.
std::string files_text(const std::vector<Problem>& problems, const Terminal& terminal);

/// `wgnl show`: everything that is known, one block for each peer.
std::string show_text(const DeviceView& device, const Terminal& terminal, Microseconds now);

/// The documents of --json; wgnl(1) lists their keys, which stay as they are.
std::string to_json(const DeviceView& device);
std::string to_json(const std::vector<DeviceView>& devices);

} // namespace wgnl::cli
