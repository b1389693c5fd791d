// SPDX-License-Identifier: LGPL-2.1-or-later
// Which bytes are printable UTF-8, and what replaces those that are not.
#include <wgnl/text.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace wgnl {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

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
    if (code_point >= 0x20 && code_point < 0x7f)
        return true;
    const bool is_character = (code_point & 0xfffeU) != 0xfffe;
    return is_character && std::ranges::none_of(never_shown, [=](const CodePoints& range) {
               return code_point >= range.first && code_point <= range.last;
           });
}

/// Bytes of the printable character that `text` begins with; 0 if it begins with none.
std::size_t printable_prefix(std::string_view text) noexcept {
    const auto character = first_character(text);
    return is_shown(character.code_point) ? character.length : 0;
}

} // namespace

bool is_printable(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto length = printable_prefix(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view text, std::size_t longest) {
    std::string shown;
    while (!text.empty()) {
        const auto length = printable_prefix(text);
        const auto piece = length == 0 ? replacement : text.substr(0, length);
        if (shown.size() + piece.size() > longest)
            return shown + "…";
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

} // namespace wgnl
