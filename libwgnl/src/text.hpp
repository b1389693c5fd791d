// SPDX-License-Identifier: LGPL-2.1-or-later
// Text from outside: whether it may be shown as it is, and how it is shown if not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wgnl {

/// Valid UTF-8 without control characters (C0, DEL, C1).
bool is_printable(std::string_view text) noexcept;

/// Bytes of the UTF-8 character that `text` begins with; 0 if it begins with none.
std::size_t character_length(std::string_view text) noexcept;

/// printable() of `text`, cut at `limit` bytes with "…": what an error may quote of a value that
/// is no secret.
std::string excerpt(std::string_view text, std::size_t limit = 80);

} // namespace wgnl
