// SPDX-License-Identifier: LGPL-2.1-or-later
// Telling a network device from a later one of the same name and index.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fd.hpp"

namespace wgnl {

/// The inode number of the device's folder in sysfs, which the kernel counts up with every one that
/// it makes and never uses again before the next boot; a device keeps it under another name and in
/// another network namespace. 0 where sysfs does not show this device: it is not mounted, or is
/// that of another network namespace. `folder` is open on class/net.
std::uint64_t creation_of(std::string_view name, std::uint32_t ifindex, int folder);

/// class/net of the sysfs that is mounted on `root`.
UniqueFd open_sysfs(std::string_view root = "/sys");

/// class/net of a sysfs of the calling thread's network namespace, mounted nowhere, for as long as
/// it is open. Needs CAP_SYS_ADMIN; none without it.
UniqueFd mount_sysfs();

} // namespace wgnl
