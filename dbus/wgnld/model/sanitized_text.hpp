// SPDX-License-Identifier: LGPL-2.1-or-later
// How text goes onto the bus: no byte of it breaks a message, no length of it breaks a limit.
#pragma once

#include <string>
#include <string_view>

namespace wgnl::daemon {

/// Bytes of one text on the bus, at most.
inline constexpr std::size_t longest_text = 1024;

/// Valid UTF-8 without control characters: U+FFFD stands for what is neither, and "…" for what is
/// beyond 1,024 bytes. (A link's name may be any bytes, and an error any length.)
std::string sanitized(std::string_view text);

} // namespace wgnl::daemon
