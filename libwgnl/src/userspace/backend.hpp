// SPDX-License-Identifier: LGPL-2.1-or-later
// WireGuard devices of userspace programs, wireguard-go and others.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "manners.hpp"
#include "values/device_backend.hpp"

namespace wgnl {

/// The cross-platform text protocol over <directory>/<name>.sock. A program that is silent, or slow
/// beyond reason, is asked at intervals (UserspaceManners); in between every request fails at once,
/// so that nobody who has other devices to serve waits for it.
std::unique_ptr<DeviceBackend> make_userspace_backend(std::string_view directory,
                                                      const UserspaceManners& manners = {});
/// Names of the sockets in `directory` that answer, sorted; stale ones are passed over. No such
/// directory: none. One that could not be looked at, as a whole or in part, is an error: to take it
/// for empty would be to take its devices for gone.
Result<std::vector<std::string>> userspace_devices(std::string_view directory);
/// Starts wireguard-go for `name` in the foreground of nobody: it outlives the caller. Returns when
/// its socket answers. `unsupported` if it is not installed.
Result<void> start_userspace(std::string_view directory, std::string_view name);
inline constexpr std::string_view userspace_directory = "/run/wireguard";
/// Where the sockets are on the system at `root` ("": this one): the programs write to /var/run,
/// which is /run almost everywhere.
std::string userspace_directory_below(std::string_view root);

} // namespace wgnl
