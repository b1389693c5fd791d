// SPDX-License-Identifier: LGPL-2.1-or-later
// What everybody may see of a device that is not everybody's to see.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace wgnl::daemon {

/// Said of a member that its caller may not see.
inline constexpr const char* not_for_everybody =
    "is shown to root, group wgnl, whom polkit's org.wgnl.wireguard1.inspect allows, and the user "
    "whose profile it is";

/// Whether a property of Device is everybody's to see, whatever the device: name, counts, states.
inline bool everybody_sees(std::string_view property) {
    static constexpr std::array<std::string_view, 12> summary{
        "Name",   "InterfaceIndex", "Up",          "Backend",     "Mode",        "State",
        "InSync", "PeerCount",      "StateCounts", "PeersListed", "EventSource", "MissedEvents"};
    return std::ranges::find(summary, property) != summary.end();
}

} // namespace wgnl::daemon
