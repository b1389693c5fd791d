// SPDX-License-Identifier: LGPL-2.1-or-later
// Which bytes are printable UTF-8, and what replaces those that are not.
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace wgnl {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

struct Lead {
    std::size_t length;     ///< of the whole character in bytes, 0: no character begins so
    std::uint32_t bits;     ///< the code point's bits in the first byte
    std::uint32_t smallest; ///< below this the encoding is overlong
};

Lead lead_of(unsigned char byte) {
    if (byte < 0x80) {
        return {1, byte, 0};
    }
    if ((byte & 0xe0U) == 0xc0) {
        return {2, byte & 0x1fU, 0x80};
    }
    if ((byte & 0xf0U) == 0xe0) {
        return {3, byte & 0x0fU, 0x800};
    }
    return (byte & 0xf8U) == 0xf0 ? Lead{4, byte & 0x07U, 0x10000} : Lead{0, 0, 0};
}

/// What is_printable() says no to, by code points.
constexpr std::array<CodePoints, 9> never_shown{{{0x00, 0x1f},
                                                 {0x7f, 0x9f},
                                                 {0x61c, 0x61c},
                                                 {0x200b, 0x200f},
                                                 {0x2028, 0x202e},
                                                 {0x2060, 0x2060},
                                                 {0x2066, 0x2069},
                                                 {0xfdd0, 0xfdef},
                                                 {0xfeff, 0xfeff}}};

bool is_shown(std::uint32_t code_point) {
    if (code_point >= 0x20 && code_point < 0x7f) {
        return true;
    }
    const bool is_character = (code_point & 0xfffeU) != 0xfffe;
    return is_character && std::ranges::none_of(never_shown, [=](const CodePoints& range) {
               return code_point >= range.first && code_point <= range.last;
           });
}

} // namespace

Character first_character(std::string_view text) noexcept {
    const auto lead = lead_of(static_cast<unsigned char>(text.front()));
    if (lead.length == 0 || lead.length > text.size()) {
        return {};
    }
    auto code_point = lead.bits;
    for (const char c : text.substr(1, lead.length - 1)) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0U) != 0x80) {
            return {};
        }
        code_point = code_point << 6U | (byte & 0x3fU);
    }
    const bool surrogate = code_point >= 0xd800 && code_point < 0xe000;
    const bool good = code_point >= lead.smallest && code_point < 0x110000 && !surrogate;
    return good ? Character{lead.length, code_point} : Character{};
}

namespace {

/// Bytes of the printable character that `text` begins with; 0 if it begins with none.
std::size_t printable_prefix(std::string_view text) noexcept {
    const auto character = first_character(text);
    return is_shown(character.code_point) ? character.length : 0;
}

} // namespace

std::size_t character_length(std::string_view text) noexcept {
    return text.empty() ? 0 : first_character(text).length;
}

bool is_printable(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto length = printable_prefix(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view text, std::size_t longest) {
    std::string shown;
    while (!text.empty()) {
        const auto length = printable_prefix(text);
        const auto piece = length == 0 ? replacement : text.substr(0, length);
        if (shown.size() + piece.size() > longest) {
            return shown + "…";
        }
        shown += piece;
        text.remove_prefix(std::max<std::size_t>(first_character(text).length, 1));
    }
    return shown;
}

std::size_t edit_distance(std::string_view written, std::string_view meant) {
    std::vector<std::size_t> row(meant.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < written.size(); ++i) {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < meant.size(); ++j) {
            const auto changed = diagonal + (lower(written[i]) == lower(meant[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

std::string_view without_outer_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    constexpr auto is_end = [](char c) { return c == ',' || blanks.contains(c); };
    while (!text.empty()) {
        const auto* const end = std::ranges::find_if(text, is_end);
        const auto size = static_cast<std::size_t>(end - text.begin());
        if (size > 0) {
            words.push_back(text.substr(0, size));
        }
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return words;
}

bool equal_caseless(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

} // namespace wgnl
