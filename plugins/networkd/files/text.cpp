// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading values as systemd's parsers read them.
#include "networkd/files/text.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace wgnl::networkd {
namespace {

constexpr std::string_view whitespace = " \t\n\r";
/// Of names of keys; a secret of WireGuard's has more letters.
constexpr std::size_t longest_name = 31;

/// Length of the UTF-8 sequence that `lead` begins, 0 if it begins none.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

std::uint32_t code_point(std::string_view sequence) {
    if (sequence.size() == 1)
        return static_cast<unsigned char>(sequence.front());
    auto value = static_cast<unsigned char>(sequence.front()) & (0x7fU >> sequence.size());
    for (const char c : sequence.substr(1))
        value = value << 6 | (static_cast<unsigned char>(c) & 0x3fU);
    return value;
}

/// Shortest form only, no surrogates, nothing above U+10FFFF.
bool is_scalar(std::uint32_t point, std::size_t length) {
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    return point >= smallest[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

/// Length of the valid sequence at the front, 0 if there is none.
std::size_t leading_sequence(std::string_view text) {
    auto length = sequence_length(static_cast<unsigned char>(text.front()));
    if (length == 0 || length > text.size())
        return 0;
    auto tail = text.substr(1, length - 1);
    auto is_tail = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    if (!std::ranges::all_of(tail, is_tail))
        return 0;
    return is_scalar(code_point(text.substr(0, length)), length) ? length : 0;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
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

std::string_view trimmed_left(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(whitespace), text.size()));
}

std::string_view trimmed(std::string_view text) {
    return trimmed_left(text.substr(0, text.find_last_not_of(whitespace) + 1));
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        auto length = leading_sequence(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string shown_name(std::string_view key) {
    return key.size() <= longest_name ? excerpt(key) + '=' : "what stands here";
}

std::optional<bool> parse_boolean(std::string_view text) {
    constexpr std::array<std::string_view, 6> yes{"1", "yes", "y", "true", "t", "on"};
    constexpr std::array<std::string_view, 6> no{"0", "no", "n", "false", "f", "off"};
    auto word = lower(text);
    if (std::ranges::find(yes, word) != yes.end())
        return true;
    return std::ranges::find(no, word) != no.end() ? std::optional(false) : std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest) {
    text = trimmed(text);
    if (text.starts_with('+'))
        text.remove_prefix(1);
    auto [digits, base] = number_base(text);
    std::uint64_t value{};
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc{} || end != digits.data() + digits.size() || value > largest)
        return std::nullopt;
    return value;
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

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        auto end = std::min(text.find_first_of(separators), text.size());
        if (end > 0)
            pieces.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return pieces;
}

std::optional<std::vector<std::string>> quoted_words(std::string_view text) {
    std::vector<std::string> words;
    for (text = trimmed_left(text); !text.empty(); text = trimmed_left(text)) {
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
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return std::ranges::all_of(name, usable) && !std::ranges::all_of(name, is_digit);
}

} // namespace wgnl::networkd
