// SPDX-License-Identifier: LGPL-2.1-or-later
// Names for profiles and their interfaces, from the name of any file.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace wgnl::nm {

using Names = std::set<std::string, std::less<>>;

/// What people call the profile of that file: its whole name in UTF-8, without folder and ".conf";
/// "WireGuard" if nothing is left.
std::string profile_name_of(std::string_view file);

/// An interface name that the kernel, NetworkManager and wg-quick take and `taken` does not have:
/// `name` itself if it is one ("wg0"), else a readable part of it and a short hash of all of it
/// ("my-office-1x8d"), so that two long names with one beginning differ. The same for the same
/// arguments, always.
std::string interface_name_of(std::string_view name, const Names& taken = {});

} // namespace wgnl::nm
