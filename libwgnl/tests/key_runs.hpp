// SPDX-License-Identifier: LGPL-2.1-or-later
// How much of a key a text may show.
#pragma once

#include <algorithm>
#include <cctype>
#include <string_view>

namespace wgnl::testing {

/// The longest run of base64 characters.
inline std::size_t longest_run(std::string_view text) {
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const unsigned char c : text) {
        run = std::isalnum(c) != 0 || c == '+' || c == '/' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

} // namespace wgnl::testing
