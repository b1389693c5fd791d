// SPDX-License-Identifier: LGPL-2.1-or-later
// Marks and tables of the devices of some folders, so that a new one gets one of its own.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace wgnl::networkd {

/// The numbers that .netdev and .network files of these folders, with their drop-ins, name as marks
/// and as tables of their own. Those of `device` itself count for none, and what cannot be read
/// names none.
std::set<std::uint32_t> marks_in(std::span<const std::string> folders, std::string_view device);

} // namespace wgnl::networkd
