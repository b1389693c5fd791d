// SPDX-License-Identifier: LGPL-2.1-or-later
// What `wgnl wait` waits for, as a pure function of what is seen.
#pragma once

#include <optional>
#include <string>

#include "verbs.hpp"

namespace wgnl::cli {

/// What is still missing, in words; empty: the named peer (or all peers, or else any peer) of the
/// device is established. `device` is absent while it does not exist, and so is `peer`, the named
/// one. "All" of no peers is not enough.
std::string missing(const WaitOptions& options, const std::optional<DeviceView>& device,
                    const std::optional<PeerView>& peer);

} // namespace wgnl::cli
