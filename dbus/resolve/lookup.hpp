// SPDX-License-Identifier: LGPL-2.1-or-later
// One host name, asked of the system's own resolver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/error.hpp>

namespace wgnl::resolve {

/// What became of a question.
enum class Outcome : std::uint8_t {
    found,
    no_such_name,      ///< there is no such name, or it has no address
    temporary_failure, ///< no server, a server in trouble, too many questions: may pass
    timed_out,         ///< no answer within the deadline
};

struct HostAddress {
    IpAddress address{};
    std::uint32_t scope_id{}; ///< interface index of a link-local IPv6 address, else 0

    bool operator==(const HostAddress&) const = default;
};

struct Answer {
    Outcome outcome{Outcome::found};
    /// The one to try first comes first (RFC 6724); each once; at most `most_addresses`.
    std::vector<HostAddress> addresses{};
    std::string text{}; ///< why there are none, for people
};

inline constexpr std::size_t most_addresses = 64;
inline constexpr std::size_t longest_name = 253;

/// invalid_argument unless this may be a host name: 1 to 253 bytes, no control character, no space.
Result<void> check_name(std::string_view name);

/// Asks getaddrinfo(3), so that nsswitch.conf(5) holds. Blocks, for as long as that takes.
Answer look_up(const std::string& name);

} // namespace wgnl::resolve
