// SPDX-License-Identifier: LGPL-2.1-or-later
// What `wgnl adopt` and `wgnl release` have in common.
#pragma once

#include <string>
#include <vector>

#include "handover.hpp"
#include "verbs.hpp"

namespace wgnl::cli {

/// In what the two differ.
struct Handover {
    std::string verb;    ///< "adopt"
    std::string mode;    ///< that the device is to be in
    std::string already; ///< said where there is nothing to do
    Result<std::vector<FileStep>> (*steps)(const std::string&, const DeviceView*,
                                           const HandoverPlace&);
    std::string (*what_follows)(const std::string& device);
};

Exit hand_over(Environment& environment, const HandoverOptions& options, const Handover& how);

} // namespace wgnl::cli
