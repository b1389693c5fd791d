// SPDX-License-Identifier: LGPL-2.1-or-later
// What `wgnl wait` waits for, as a pure function of what is seen.
#pragma once

#include <vector>

#include "verbs.hpp"

namespace wgnl::cli {

/// Whether the named peer (or all peers, or else any peer) of the device is established. False
/// while the device or the peer does not exist; "all" of no peers is false.
bool is_fulfilled(const WaitOptions& options, const std::vector<DeviceView>& devices);

} // namespace wgnl::cli
