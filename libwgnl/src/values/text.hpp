// SPDX-License-Identifier: LGPL-2.1-or-later
// What the library alone needs to know of text, beside <wgnl/text.hpp>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <wgnl/text.hpp>

namespace wgnl {

struct Character {
    std::size_t length{}; ///< in bytes; 0: none
    std::uint32_t code_point{};
};

/// The UTF-8 character that `text`, which is not empty, begins with.
Character first_character(std::string_view text) noexcept;

/// Bytes of the UTF-8 character that `text` begins with; 0 if it begins with none.
std::size_t character_length(std::string_view text) noexcept;

/// White space as wg and wg-quick see it: space, \t, \n, \v, \f, \r.
inline constexpr std::string_view blanks = " \t\n\v\f\r";
std::string_view without_outer_blanks(std::string_view text);
/// The words between blanks and commas.
std::vector<std::string_view> words_of(std::string_view text);
/// Equal but for the case of A to Z.
bool equal_caseless(std::string_view left, std::string_view right);

} // namespace wgnl
