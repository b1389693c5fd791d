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

namespace [[gnu::visibility("default")]] wgnl {

/// Which version of the Internet Protocol an address belongs to.
enum class Family : std::uint8_t { ipv4, ipv6 };

/// Number of bits (32 or 128) of an address of that family.
constexpr std::uint8_t address_bits(Family family) { return family == Family::ipv4 ? 32 : 128; }

/// An IPv4 or IPv6 address; network byte order; the unused bytes of an IPv4 one are zero.
class IpAddress {
public:
    IpAddress() = default; ///< 0.0.0.0
    /// An address from its bytes as they travel: the most significant first.
    static IpAddress v4(std::span<const std::uint8_t, 4> bytes) noexcept;
    static IpAddress v6(std::span<const std::uint8_t, 16> bytes) noexcept;
    /// Numeric text only ("10.0.0.1", "fd00::1"), no scope, no name; else invalid_argument.
    static Result<IpAddress> parse(std::string_view text);

    Family family() const noexcept { return family_; }
    /// 4 or 16 bytes, as they travel; they live as long as this address.
    std::span<const std::uint8_t> bytes() const noexcept;
    /// This address with all bits after the first `length` cleared; a length beyond the address
    /// clears none.
    IpAddress masked(std::uint8_t length) const noexcept;
    bool is_unspecified() const noexcept; ///< 0.0.0.0 or ::
    bool is_link_local() const noexcept;  ///< fe80::/10
    std::string to_string() const;        ///< what parse() reads; IPv6 in its canonical short form

    auto operator<=>(const IpAddress&) const = default;

private:
    Family family_{Family::ipv4};
    std::array<std::uint8_t, 16> bytes_{};
};

/// A prefix of a peer's AllowedIPs; always masked (no host bits).
struct AllowedIp {
    IpAddress network{};
    std::uint8_t prefix_length{}; ///< bits: 0 to 32 (IPv4) or 128 (IPv6)

    struct Parsed;
    /// "10.0.0.0/24", or a bare address for /32 or /128. Host bits are cleared, as the kernel
    /// does, and reported. Anything else is invalid_argument.
    static Result<Parsed> parse(std::string_view text);
    std::string to_string() const; ///< "10.0.0.0/24"
    /// Every address of its family: 0.0.0.0/0 or ::/0.
    constexpr bool is_default() const noexcept { return prefix_length == 0; }

    auto operator<=>(const AllowedIp&) const = default;
};
/// What AllowedIp::parse() read.
struct AllowedIp::Parsed {
    AllowedIp value;
    bool had_host_bits{}; ///< the text was "10.0.0.1/24": probably not what was meant
};

/// An address of the interface itself: host bits kept ("10.0.0.1/24").
struct InterfaceAddress {
    IpAddress address{};
    std::uint8_t prefix_length{}; ///< bits: 0 to 32 (IPv4) or 128 (IPv6)

    /// "10.0.0.1/24"; a bare address means /32 or /128. Anything else is invalid_argument.
    static Result<InterfaceAddress> parse(std::string_view text);
    std::string to_string() const; ///< "10.0.0.1/24"

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
    /// numeric address or a DNS name by shape. Anything else is invalid_argument.
    static Result<HostPort> parse(std::string_view text);
    bool operator==(const HostPort&) const = default;
};

} // namespace wgnl

/// So that prefixes can be keys of unordered containers; keyed per process.
template <> struct [[gnu::visibility("default")]] std::hash<wgnl::AllowedIp> {
    std::size_t operator()(const wgnl::AllowedIp& ip) const noexcept;
};
