// SPDX-License-Identifier: LGPL-2.1-or-later
// The names and paths of org.wgnl.WireGuard1.
#pragma once

#include <string_view>

namespace wgnl::cli {

inline constexpr const char* bus_name = "org.wgnl.WireGuard1";
inline constexpr const char* root_path = "/org/wgnl/WireGuard1";
inline constexpr const char* devices_path = "/org/wgnl/WireGuard1/device";
/// As sd::decode_path() takes them.
inline constexpr const char* device_pattern = "/org/wgnl/WireGuard1/device/%";
inline constexpr const char* peer_pattern = "/org/wgnl/WireGuard1/device/%/peer/%";

inline constexpr const char* manager_interface = "org.wgnl.WireGuard1.Manager";
inline constexpr const char* device_interface = "org.wgnl.WireGuard1.Device";
inline constexpr const char* peer_interface = "org.wgnl.WireGuard1.Peer";
inline constexpr const char* object_manager_interface = "org.freedesktop.DBus.ObjectManager";
inline constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";

} // namespace wgnl::cli
