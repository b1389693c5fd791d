// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of links that exist: the kernel takes more than we give.
#pragma once

#include <string_view>

#include <wgnl/error.hpp>

namespace wgnl {

/// invalid_argument with a reason unless a link can have this name: 1 to 15 bytes, not "." or "..",
/// no '/', ':', white space or control character. For what is looked at; a name that we give is one
/// for check_device_name().
Result<void> check_link_name(std::string_view name);

} // namespace wgnl
