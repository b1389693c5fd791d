// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading values as systemd's parsers read them.
#include "networkd/files/text.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace wgnl::networkd {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) { return wgnl::lower(c); });
    return result;
}

std::pair<std::string_view, int> number_base(std::string_view text) {
    auto prefix = lower(text.substr(0, 2));
    if (prefix == "0x")
        return {text.substr(2), 16};
    if (prefix == "0o")
        return {text.substr(2), 8};
    if (prefix == "0b")
        return {text.substr(2), 2};
    return text.size() > 1 && text.front() == '0' ? std::pair{text.substr(1), 8}
                                                  : std::pair{text, 10};
}

/// Reads one word of quoted_words() and moves `text` behind it.
std::optional<std::string> take_word(std::string_view& text) {
    std::string word;
    char quote = 0;
    for (; !text.empty(); text.remove_prefix(1)) {
        const char c = text.front();
        if (quote == 0 && whitespace.contains(c))
            break;
        if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote && quote != 0)
            quote = 0;
        else
            word.push_back(c);
    }
    return quote == 0 ? std::optional(std::move(word)) : std::nullopt;
}

} // namespace

std::optional<bool> parse_boolean(std::string_view text) {
    constexpr std::array<std::string_view, 6> yes{"1", "yes", "y", "true", "t", "on"};
    constexpr std::array<std::string_view, 6> no{"0", "no", "n", "false", "f", "off"};
    auto word = lower(text);
    if (std::ranges::find(yes, word) != yes.end())
        return true;
    return std::ranges::find(no, word) != no.end() ? std::optional(false) : std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest) {
    text = trimmed(text, whitespace);
    if (text.starts_with('+'))
        text.remove_prefix(1);
    auto [digits, base] = number_base(text);
    const auto value = whole_number<std::uint64_t>(digits, base);
    return value && *value <= largest ? value : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t largest) {
    constexpr std::string_view suffixes = "KMG";
    auto suffix = text.empty() ? std::string_view::npos : suffixes.find(text.back());
    if (suffix == std::string_view::npos)
        return parse_number(text, largest);
    auto shift = 10 * (suffix + 1);
    auto value = parse_number(text.substr(0, text.size() - 1), largest >> shift);
    return value ? std::optional(*value << shift) : std::nullopt;
}

std::optional<std::vector<std::string>> quoted_words(std::string_view text) {
    std::vector<std::string> words;
    for (text = trimmed_left(text, whitespace); !text.empty();
         text = trimmed_left(text, whitespace)) {
        auto word = take_word(text);
        if (!word)
            return std::nullopt;
        words.push_back(std::move(*word));
    }
    return words;
}

bool matches_glob(const std::string& pattern, const std::string& text) {
    return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool matches_glob_caseless(const std::string& pattern, const std::string& text) {
    return fnmatch(pattern.c_str(), text.c_str(), FNM_CASEFOLD) == 0;
}

bool is_device_name(std::string_view name) {
    constexpr std::size_t longest = 15;
    constexpr std::array<std::string_view, 4> reserved{".", "..", "all", "default"};
    if (name.empty() || name.size() > longest ||
        std::ranges::find(reserved, name) != reserved.end())
        return false;
    auto usable = [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '%'; };
    return std::ranges::all_of(name, usable) && !std::ranges::all_of(name, is_digit);
}

} // namespace wgnl::networkd
