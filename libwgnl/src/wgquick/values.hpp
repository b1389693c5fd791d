// SPDX-License-Identifier: LGPL-2.1-or-later
// The values of configuration keys, as wg and wg-quick read them.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>

namespace wgnl {

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
