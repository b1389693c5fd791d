// SPDX-License-Identifier: LGPL-2.1-or-later
// Cutting lines, hiding what may be a key, reading single values.
#include "values.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <wgnl/declaration.hpp>
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

WgQuickText WgQuickText::cut(std::string_view line) {
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

namespace {

constexpr std::uint32_t table_main = 254;

struct Split {
    std::string_view host;
    std::string_view port;
    bool bracketed;
};

/// As wg cuts it: at the first ']', or else at the last ':'.
std::optional<Split> split(std::string_view text) {
    const bool bracketed = text.starts_with('[');
    const auto end = bracketed ? text.find(']') : text.rfind(':');
    if (end == std::string_view::npos)
        return std::nullopt;
    const auto rest = text.substr(bracketed ? end + 1 : end);
    if (!rest.starts_with(':') || rest.size() < 2)
        return std::nullopt;
    return Split{text.substr(0, end).substr(bracketed ? 1 : 0), rest.substr(1), bracketed};
}

std::unexpected<std::string> bad(std::string reason) { return std::unexpected(std::move(reason)); }

} // namespace

OrReason<std::uint16_t> read_port(std::string_view text) {
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    if (const auto port = whole_number<std::uint16_t>(text))
        return *port;
    return bad("is not a port from 1 to 65535; write its number");
}

OrReason<std::uint32_t> read_fwmark(std::string_view text) {
    if (equal_caseless(text, "off"))
        return 0;
    const bool hex = text.starts_with("0x");
    if (const auto mark = whole_number<std::uint32_t>(text.substr(hex ? 2 : 0), hex ? 16 : 10))
        return *mark;
    return bad("is not a mark; write \"off\" or a number from 0 to 4294967295, also as 0x…");
}

OrReason<std::uint16_t> read_keepalive(std::string_view text) {
    if (equal_caseless(text, "off"))
        return std::uint16_t{0};
    if (const auto seconds = whole_number<std::uint16_t>(text))
        return *seconds;
    return bad("is not an interval; write \"off\" or seconds from 1 to 65535");
}

OrReason<ReadEndpoint> read_endpoint(std::string_view text) {
    const auto parts = split(text);
    if (!parts)
        return bad("has no port; write host:port");
    const auto port = read_port(parts->port);
    if (!port || *port == 0)
        return bad("has no port from 1 to 65535 after the last colon; write its number");
    const bool is_v6 = parts->host.contains(':');
    auto written = is_v6 ? fmt::format("[{}]:{}", parts->host, *port)
                         : fmt::format("{}:{}", parts->host, *port);
    if (!HostPort::parse(written)) {
        return bad("names no host; write a name, an IPv4 address or an IPv6 address in brackets "
                   "before the port");
    }
    return ReadEndpoint{std::move(written), is_v6 && !parts->bracketed};
}

OrReason<ReadPrefix> read_prefix(std::string_view text) {
    auto sign = ReadPrefix::Sign::none;
    if (text.starts_with('+') || text.starts_with('-')) {
        sign = text.front() == '+' ? ReadPrefix::Sign::plus : ReadPrefix::Sign::minus;
        text.remove_prefix(1);
    }
    const auto prefix = AllowedIp::parse(text);
    if (!prefix)
        return bad("is no address or prefix; write such as 10.0.0.2/32 or fd00::2/128");
    return ReadPrefix{prefix->value, sign, prefix->had_host_bits};
}

OrReason<std::optional<std::uint32_t>> read_mtu(std::string_view text) {
    if (text.empty())
        return std::nullopt;
    const auto mtu = whole_number<std::uint32_t>(text);
    if (!mtu || *mtu < smallest_mtu || *mtu > largest_mtu)
        return bad("is not a number of bytes from 68 to 65535");
    return mtu;
}

OrReason<std::optional<std::uint32_t>> read_table(std::string_view text) {
    constexpr std::pair<std::string_view, std::uint32_t> known[] = {{"", table_main},
                                                                    {"auto", table_main},
                                                                    {"main", table_main},
                                                                    {"default", 253},
                                                                    {"local", 255}};
    if (text == "off")
        return std::nullopt;
    for (const auto& [name, number] : known)
        if (text == name)
            return number;
    const bool hex = text.starts_with("0x");
    const auto table = whole_number<std::uint32_t>(text.substr(hex ? 2 : 0), hex ? 16 : 10);
    if (!table || *table == 0)
        return bad("is no routing table; write \"auto\", \"off\", \"main\" or its number");
    return table;
}

} // namespace wgnl
