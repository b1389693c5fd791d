// SPDX-License-Identifier: LGPL-2.1-or-later
// Cutting lines, and hiding what may be a key.
#include "text.hpp"

#include <algorithm>

#include <wgnl/slips.hpp>
#include <wgnl/text.hpp>

#include "base/text.hpp"

namespace wgnl {

namespace {

constexpr std::string_view hidden = "(hidden)";
/// A run of base64 this long may be a key or most of one.
constexpr std::size_t shortest_key = 32;

bool is_of_key(char c) { return is_base64(c) || c == '='; }

} // namespace

ConfigurationText ConfigurationText::cut(std::string_view line) {
    const auto hash = line.find('#');
    if (hash == std::string_view::npos)
        return {line, std::nullopt};
    return {line.substr(0, hash), line.substr(hash + 1)};
}

void remove_blanks(std::string_view text, SecretText& out) {
    out.clear();
    out.reserve(text.size());
    while (!text.empty()) {
        const auto run = std::min(text.find_first_of(blanks), text.size());
        out.append(text.substr(0, run));
        text.remove_prefix(std::min(run + 1, text.size()));
    }
}

std::size_t column_without_blanks(std::string_view text, std::size_t at) {
    for (std::size_t begin = 0; begin < text.size(); ++begin)
        if (!blanks.contains(text[begin]) && at-- == 0)
            return column_of(text.substr(begin), text);
    return 0;
}

bool may_hold_key(std::string_view text) {
    std::size_t run = 0;
    for (const char c : text) {
        run = is_of_key(c) ? run + 1 : 0;
        if (run >= shortest_key)
            return true;
    }
    return false;
}

std::string shown_value(std::string_view value) {
    return may_hold_key(value) ? std::string(hidden) : excerpt(value);
}

std::string shown_key(std::string_view key) {
    constexpr std::size_t longest = 24;
    const auto letters =
        static_cast<std::size_t>(std::ranges::find_if_not(key, is_letter) - key.begin());
    const auto rest = key.substr(letters);
    const bool is_word = letters > 0 && key.size() <= longest && rest.size() <= 2 &&
                         std::ranges::all_of(rest, is_digit);
    return is_word ? std::string(key) + '=' : "this line";
}

} // namespace wgnl
