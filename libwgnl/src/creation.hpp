// SPDX-License-Identifier: LGPL-2.1-or-later
// Telling a network device from a later one of the same name and index.
#pragma once

#include <cstdint>
#include <string_view>

namespace wgnl {

/// The inode number of the device's folder in sysfs, which the kernel counts up with every one that
/// it makes and never uses again before the next boot. 0 where sysfs does not show this device: it
/// is not mounted, or is that of another network namespace.
std::uint64_t creation_of(std::string_view name, std::uint32_t ifindex,
                          std::string_view folder = "/sys/class/net");

} // namespace wgnl
