// SPDX-License-Identifier: LGPL-2.1-or-later
// What the library alone needs to know of text, beside <wgnl/text.hpp>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <wgnl/text.hpp>

namespace wgnl {

// Of ASCII, whatever the locale is.
constexpr bool is_small(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_small(c) || is_capital(c); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Beside the '=' at its end.
constexpr bool is_base64(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; }
constexpr char lower(char c) { return is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c; }

/// Code points, both ends included.
struct CodePoints {
    std::uint32_t first;
    std::uint32_t last;
};

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
