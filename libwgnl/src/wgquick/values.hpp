// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines of a text and the values of its keys, as wg and wg-quick read them, and what of them
// may be shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/secret_text.hpp>

#include "base/text.hpp"

namespace wgnl {

/// One line, cut at its first '#'.
struct WgQuickText {
    std::string_view setting;                ///< what stands before the '#'
    std::optional<std::string_view> comment; ///< what follows it

    static WgQuickText cut(std::string_view line);
    bool is_blank() const { return trimmed(setting).empty(); }
    bool is_comment() const { return comment && is_blank(); } ///< and nothing else
};

/// Replaces `out` with `text` without any blank, as wg reads a line.
void remove_blanks(std::string_view text, SecretText& out);

/// The column, from 1, of the byte of `text` that is number `at` of those that remove_blanks()
/// leaves; 0 if there are not so many.
std::size_t column_without_blanks(std::string_view text, std::size_t at);

/// Whether `text` holds what may be a key: it must not be shown, nor be a name.
bool may_hold_key(std::string_view text);

/// The value as a message may quote it: cut, printable, "(hidden)" if it may be a key.
std::string shown_value(std::string_view value);

/// The key of an unknown setting as a message may quote it; "this line" if it is no plain word, for
/// then it may be the rest of a secret.
std::string shown_key(std::string_view key);

/// A value, or what is wrong with its text and what to write instead ("is not …").
template <typename T> using OrReason = std::expected<T, std::string>;

/// "51820", "+51820"; 0 stands for any port. No names of services.
OrReason<std::uint16_t> read_port(std::string_view text);
/// "off", "51820", "0xca6c".
OrReason<std::uint32_t> read_fwmark(std::string_view text);
/// "off", "25".
OrReason<std::uint16_t> read_keepalive(std::string_view text);

struct ReadEndpoint {
    std::string text{}; ///< "host:port", "[v6]:port": as HostPort::parse() takes it
    bool lacked_brackets{false};
};
/// Also what wg makes of an IPv6 address without brackets, and of brackets around anything else.
OrReason<ReadEndpoint> read_endpoint(std::string_view text);

struct ReadPrefix {
    enum class Sign : std::uint8_t { none, plus, minus };
    AllowedIp value{};
    Sign sign{Sign::none};
    bool had_host_bits{false};
};
/// "10.0.0.0/24", "10.0.0.1", "+fd00::/64", "-fd00::1".
OrReason<ReadPrefix> read_prefix(std::string_view text);

/// wg-quick's MTU=; absent for an empty one.
OrReason<std::optional<std::uint32_t>> read_mtu(std::string_view text);
/// wg-quick's Table=: absent for "off", 254 for "auto" and an empty one.
OrReason<std::optional<std::uint32_t>> read_table(std::string_view text);

} // namespace wgnl
