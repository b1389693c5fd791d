// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a setting of a profile is written, as messages name it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <wgnl/declaration.hpp>

namespace wgnl::nm {

/// Where a key of a group is written, by the names that a key file has for them: "wireguard",
/// "listen-port"; "wireguard-peer.KEY", "endpoint". Without a key: of the group.
using SettingLocator = std::function<Location(std::string_view group, std::string_view key)>;

/// The group of a peer in a key file.
inline std::string peer_group(std::string_view public_key) {
    return "wireguard-peer." + std::string(public_key);
}

} // namespace wgnl::nm
