// SPDX-License-Identifier: LGPL-2.1-or-later
// What a template has where a value belongs.
#pragma once

#include <string_view>

namespace wgnl {

/// Whether a value that was refused is one: YOUR_KEY_HERE, <key>, {{ key }}, xxx, (hidden).
bool is_placeholder(std::string_view value);

} // namespace wgnl
