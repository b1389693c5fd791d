// SPDX-License-Identifier: LGPL-2.1-or-later
// What the library alone needs to know of text, beside <wgnl/text.hpp>.
#pragma once

#include <cstddef>
#include <string_view>

#include <wgnl/text.hpp>

namespace wgnl {

/// Bytes of the UTF-8 character that `text` begins with; 0 if it begins with none.
std::size_t character_length(std::string_view text) noexcept;

} // namespace wgnl
