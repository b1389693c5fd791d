// SPDX-License-Identifier: LGPL-2.1-or-later
// Pieces of text: characters, words, whole numbers. What may be shown of it, <wgnl/text.hpp> says.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace wgnl {

// Of ASCII, whatever the locale is.
constexpr bool is_small(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_small(c) || is_capital(c); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Beside the '=' at its end.
constexpr bool is_base64(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; }
constexpr char lower(char c) { return is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c; }
/// Equal but for the case of A to Z.
bool equal_caseless(std::string_view left, std::string_view right);

/// Code points, both ends included.
struct CodePoints {
    std::uint32_t first;
    std::uint32_t last;
};

struct Character {
    std::size_t length{}; ///< in bytes; 0: none
    std::uint32_t code_point{};
};

/// The UTF-8 character that `text` begins with, as RFC 3629 has them: the shortest form alone, no
/// surrogate, nothing above U+10FFFF.
Character first_character(std::string_view text) noexcept;

/// Whether all of it is such characters.
bool is_utf8(std::string_view text) noexcept;

/// How many there are; a byte that begins none belongs to the one before it.
std::size_t characters_in(std::string_view text) noexcept;

/// White space as C's isspace(3) has it, wg and wg-quick with it.
inline constexpr std::string_view blanks = " \t\n\v\f\r";
inline constexpr std::string_view blanks_and_commas = " \t\n\v\f\r,";

/// Without what stands at the front, or at both ends, of these characters.
std::string_view trimmed_left(std::string_view text, std::string_view of = blanks);
std::string_view trimmed(std::string_view text, std::string_view of = blanks);

/// The non-empty pieces between any of `separators`.
std::vector<std::string_view> split(std::string_view text, std::string_view separators);

/// What follows `key` ("NAME=") on the first line that begins with it; empty if none does.
std::string_view rest_of_line(std::string_view text, std::string_view key);

/// The number that `text` begins with, which is taken off; absent, and nothing taken: none, or one
/// beyond T. Digits alone make a number, and a '-' if T has one.
template <std::integral T> std::optional<T> take_number(std::string_view& text, int base = 10) {
    T number{};
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{})
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return number;
}

/// The number that all of `text` is.
template <std::integral T> std::optional<T> whole_number(std::string_view text, int base = 10) {
    const auto number = take_number<T>(text, base);
    return text.empty() ? number : std::nullopt;
}

} // namespace wgnl
