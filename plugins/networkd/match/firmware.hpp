// SPDX-License-Identifier: LGPL-2.1-or-later
// [Match] Firmware=: what the kernel shows of the machine's firmware.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wgnl::networkd {

/// Decides "uefi", "device-tree", "device-tree-compatible(NAME)" and "smbios-field(FIELD >= VALUE)"
/// by /sys and /proc below `kernel_files`. Absent if malformed, or if a field cannot be read.
std::optional<bool> firmware_is(std::string_view wanted, const std::string& kernel_files);

} // namespace wgnl::networkd
