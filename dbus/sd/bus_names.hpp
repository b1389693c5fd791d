// SPDX-License-Identifier: LGPL-2.1-or-later
// Names and paths of org.wgnl.WireGuard1, for the daemon and those who call it.
#pragma once

#include <string>

#include <wgnl/key.hpp>

#include "sd/bus.hpp"

namespace wgnl {

inline constexpr const char* bus_name = "org.wgnl.WireGuard1";
inline constexpr const char* root_path = "/org/wgnl/WireGuard1";
inline constexpr const char* device_prefix = "/org/wgnl/WireGuard1/device";
/// As sd::decode_path() takes them.
inline constexpr const char* device_pattern = "/org/wgnl/WireGuard1/device/%";
inline constexpr const char* peer_pattern = "/org/wgnl/WireGuard1/device/%/peer/%";

inline constexpr const char* manager_interface = "org.wgnl.WireGuard1.Manager";
inline constexpr const char* device_interface = "org.wgnl.WireGuard1.Device";
inline constexpr const char* peer_interface = "org.wgnl.WireGuard1.Peer";
// The bus's own, which the objects have as well.
inline constexpr const char* object_manager_interface = "org.freedesktop.DBus.ObjectManager";
inline constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";

inline std::string path_of(const std::string& device) {
    return sd::encode_path(device_prefix, device);
}
inline std::string path_of(const std::string& device, const PublicKey& peer) {
    return sd::encode_path(path_of(device) + "/peer", peer.to_base64());
}

} // namespace wgnl
