// SPDX-License-Identifier: LGPL-2.1-or-later
// Decoding of UTF-8, and cutting of text.
#include "text.hpp"

#include <algorithm>

namespace wgnl {

namespace {

struct Lead {
    std::size_t length;     ///< of the whole character in bytes, 0: no character begins so
    std::uint32_t bits;     ///< the code point's bits in the first byte
    std::uint32_t smallest; ///< below this the encoding is overlong
};

Lead lead_of(unsigned char byte) {
    if (byte < 0x80)
        return {1, byte, 0};
    if ((byte & 0xe0U) == 0xc0)
        return {2, byte & 0x1fU, 0x80};
    if ((byte & 0xf0U) == 0xe0)
        return {3, byte & 0x0fU, 0x800};
    return (byte & 0xf8U) == 0xf0 ? Lead{4, byte & 0x07U, 0x10000} : Lead{0, 0, 0};
}

} // namespace

bool equal_caseless(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

Character first_character(std::string_view text) noexcept {
    const auto lead = text.empty() ? Lead{} : lead_of(static_cast<unsigned char>(text.front()));
    if (lead.length == 0 || lead.length > text.size())
        return {};
    auto code_point = lead.bits;
    for (const char c : text.substr(1, lead.length - 1)) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0U) != 0x80)
            return {};
        code_point = code_point << 6U | (byte & 0x3fU);
    }
    const bool surrogate = code_point >= 0xd800 && code_point < 0xe000;
    const bool good = code_point >= lead.smallest && code_point < 0x110000 && !surrogate;
    return good ? Character{lead.length, code_point} : Character{};
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto length = first_character(text).length;
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::size_t characters_in(std::string_view text) noexcept {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; };
    return static_cast<std::size_t>(std::ranges::count_if(text, begins));
}

std::string_view trimmed_left(std::string_view text, std::string_view of) {
    return text.substr(std::min(text.find_first_not_of(of), text.size()));
}

std::string_view trimmed(std::string_view text, std::string_view of) {
    return trimmed_left(text.substr(0, text.find_last_not_of(of) + 1), of);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(separators), text.size());
        if (end > 0)
            pieces.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return pieces;
}

std::string_view rest_of_line(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        if (line.starts_with(key))
            return line.substr(key.size());
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return {};
}

} // namespace wgnl
