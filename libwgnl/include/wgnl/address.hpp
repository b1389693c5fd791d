// SPDX-License-Identifier: LGPL-2.1-or-later
// IP addresses, allowed IPs, interface addresses and endpoints as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <wgnl/error.hpp>

namespace wgnl {

enum class Family : std::uint8_t { ipv4, ipv6 };

/// Number of bits (32 or 128) of an address of that family.
constexpr std::uint8_t address_bits(Family family) { return family == Family::ipv4 ? 32 : 128; }

/// An IPv4 or IPv6 address; network byte order; the unused bytes of an IPv4 one are zero.
class IpAddress {
public:
    IpAddress() = default; ///< 0.0.0.0
    static IpAddress v4(std::span<const std::uint8_t, 4> bytes) noexcept;
    static IpAddress v6(std::span<const std::uint8_t, 16> bytes) noexcept;
    /// Numeric text only ("10.0.0.1", "fd00::1"), no scope, no name.
    static Result<IpAddress> parse(std::string_view text);

    Family family() const noexcept { return family_; }
    /// 4 or 16 bytes.
    std::span<const std::uint8_t> bytes() const noexcept;
    /// This address with all bits after the first `length` cleared.
    IpAddress masked(std::uint8_t length) const noexcept;
    bool is_unspecified() const noexcept;
    bool is_link_local() const noexcept; ///< fe80::/10
    std::string to_string() const;

    auto operator<=>(const IpAddress&) const = default;

private:
    Family family_{Family::ipv4};
    std::array<std::uint8_t, 16> bytes_{};
};

/// A prefix of a peer's AllowedIPs; always masked (no host bits).
struct AllowedIp {
    IpAddress network{};
    std::uint8_t prefix_length{}; ///< 0 to 32 or 128

    struct Parsed;
    /// "10.0.0.0/24", or a bare address for /32 or /128. Host bits are cleared, as the kernel
    /// does, and reported.
    static Result<Parsed> parse(std::string_view text);
    std::string to_string() const; ///< "10.0.0.0/24"

    auto operator<=>(const AllowedIp&) const = default;
};
struct AllowedIp::Parsed {
    AllowedIp value;
    bool had_host_bits{};
};

/// An address of the interface itself: host bits kept ("10.0.0.1/24").
struct InterfaceAddress {
    IpAddress address{};
    std::uint8_t prefix_length{};

    /// A bare address means /32 or /128.
    static Result<InterfaceAddress> parse(std::string_view text);
    std::string to_string() const;

    auto operator<=>(const InterfaceAddress&) const = default;
};

/// Where a peer is reached over UDP.
struct Endpoint {
    IpAddress address{};
    std::uint16_t port{};     ///< 0 is not a usable endpoint
    std::uint32_t scope_id{}; ///< interface index of a link-local IPv6 address, else 0

    /// "192.0.2.1:51820", "[2001:db8::1]:51820", "[fe80::1%eth0]:51820" (name or number of the
    /// interface; an interface that does not exist is invalid_argument). No host names.
    static Result<Endpoint> parse(std::string_view text);
    /// The same form; the scope as the interface's name if it exists, else as number.
    std::string to_string() const;

    auto operator<=>(const Endpoint&) const = default;
};

/// "host:port" as configuration has it, split but not resolved. Brackets are removed.
struct HostPort {
    std::string host;
    std::uint16_t port{};

    /// Port 1 to 65535, required; an unbracketed IPv6 address is refused. The host must be a
    /// numeric address or a DNS name by shape.
    static Result<HostPort> parse(std::string_view text);
    bool operator==(const HostPort&) const = default;
};

} // namespace wgnl

template <> struct std::hash<wgnl::AllowedIp> {
    std::size_t operator()(const wgnl::AllowedIp& ip) const noexcept;
};
