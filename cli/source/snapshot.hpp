// SPDX-License-Identifier: LGPL-2.1-or-later
// A device's snapshot: its peers in one document, for devices with too many of them for the bus.
#pragma once

#include <string_view>
#include <vector>

#include "view.hpp"

#include <wgnl/error.hpp>

namespace wgnl::cli {

/// The peers of the JSON document that org.wgnl.WireGuard1.Device.Snapshot answers with, sorted;
/// `protocol` if it is not one.
Result<std::vector<PeerView>> peers_of_snapshot(std::string_view json);

} // namespace wgnl::cli
