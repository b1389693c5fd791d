// SPDX-License-Identifier: LGPL-2.1-or-later
// Marks and tables of the devices of some folders, so that a new one gets one of its own.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>

namespace wgnl::networkd {

/// The numbers that .netdev files of these folders, with their drop-ins, name as marks and tables.
/// What cannot be read names none.
std::set<std::uint32_t> marks_in(std::span<const std::string> folders);

} // namespace wgnl::networkd
