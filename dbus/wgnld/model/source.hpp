// SPDX-License-Identifier: LGPL-2.1-or-later
// Who declares: each source sees and touches only its own declarations.
#pragma once

#include <cstdint>
#include <string_view>

namespace wgnl::daemon {

enum class Source : std::uint8_t { networkd, network_manager, command };

/// "networkd", "NetworkManager", "command": as the bus and the records spell them.
constexpr std::string_view to_string(Source source) {
    switch (source) {
    case Source::networkd:
        return "networkd";
    case Source::network_manager:
        return "NetworkManager";
    case Source::command:
        return "command";
    }
    return "";
}

} // namespace wgnl::daemon
