// SPDX-License-Identifier: LGPL-2.1-or-later
// Addresses, prefixes and endpoints: text forms and masks.
#include <wgnl/address.hpp>
#include <wgnl/text.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <net/if.h>

#include <fmt/format.h>

#include <wgnl/device.hpp>

#include "base/text.hpp"
#include "device_name.hpp"
#include "keys.hpp"

namespace wgnl {

namespace {

std::unexpected<Error> refuse(const char* operation, std::string_view text, std::string_view why) {
    return fail(Errc::invalid_argument, operation, fmt::format("{} {}", excerpt(text), why));
}

std::optional<IpAddress> numeric_address(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    std::array<std::uint8_t, 16> bytes{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    if (inet_pton(AF_INET, terminated.data(), bytes.data()) == 1)
        return IpAddress::v4(std::span(bytes).first<4>());
    if (inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1)
        return IpAddress::v6(bytes);
    return std::nullopt;
}

struct AddressAndLength {
    IpAddress address;
    std::uint8_t length;
};

Result<AddressAndLength> parse_with_length(const char* operation, std::string_view text) {
    const auto slash = text.find('/');
    const auto address = numeric_address(text.substr(0, slash));
    if (!address)
        return refuse(operation, text, "is not an IPv4 or IPv6 address, or one with /length");
    const auto bits = address_bits(address->family());
    if (slash == std::string_view::npos)
        return AddressAndLength{*address, bits};
    const auto digits = text.substr(slash + 1);
    if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        return refuse(operation, text, "has no number as prefix length");
    const auto length = whole_number<std::uint8_t>(digits);
    if (!length || *length > bits)
        return refuse(operation, text, fmt::format("has a prefix longer than {}", bits));
    return AddressAndLength{*address, *length};
}

std::string with_length(const IpAddress& address, std::uint8_t length) {
    return fmt::format("{}/{}", address.to_string(), length);
}

struct HostAndPort {
    std::string_view host;
    std::uint16_t port;
    bool bracketed;
};

std::optional<std::uint16_t> usable_port(std::string_view text) {
    const auto port = whole_number<std::uint16_t>(text);
    return port == std::uint16_t{0} ? std::nullopt : port;
}

/// Cuts at the last colon; brackets, if any, must enclose the whole host.
Result<HostAndPort> split(const char* operation, std::string_view text) {
    const auto colon = text.rfind(':');
    const bool bracketed = text.starts_with('[');
    if (colon == std::string_view::npos || (bracketed && (colon == 0 || text[colon - 1] != ']')))
        return refuse(operation, text, "has no port; write address:port");
    const auto port = usable_port(text.substr(colon + 1));
    if (!port)
        return refuse(operation, text, "has no port from 1 to 65535 after the last colon");
    const auto host = bracketed ? text.substr(1, colon - 2) : text.substr(0, colon);
    if (!bracketed && host.find(':') != std::string_view::npos)
        return refuse(operation, text, "is an IPv6 address without brackets; write [address]:port");
    return HostAndPort{host, *port, bracketed};
}

struct ScopedText {
    std::string_view address;
    std::optional<std::string_view> scope;
};

ScopedText cut_scope(std::string_view host) {
    const auto percent = host.find('%');
    if (percent == std::string_view::npos)
        return {host, std::nullopt};
    return {host.substr(0, percent), host.substr(percent + 1)};
}

/// The name of an interface, or a number, that may be shown as it is.
bool is_scope(std::string_view text) {
    return check_link_name(text).has_value() && is_printable(text);
}

/// Index of the interface of that name, or the number itself; 0 if there is none.
std::uint32_t scope_id_of(std::string_view scope) {
    if (!is_scope(scope))
        return 0;
    const auto index = if_nametoindex(std::string(scope).c_str());
    return index != 0 ? index : whole_number<std::uint32_t>(scope).value_or(0);
}

std::string scope_text(std::uint32_t scope_id) {
    std::array<char, IF_NAMESIZE> name{};
    if (if_indextoname(scope_id, name.data()) != nullptr)
        return name.data();
    return std::to_string(scope_id);
}

/// Whether the host's form fits its brackets: IPv6 (with a scope only if link-local) in them,
/// IPv4 out of them.
bool suits_brackets(const IpAddress& address, bool bracketed, bool scoped) {
    return bracketed == (address.family() == Family::ipv6) && (!scoped || address.is_link_local());
}

bool is_label(std::string_view label) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    };
    return !label.empty() && label.size() <= 63 && !label.starts_with('-') &&
           !label.ends_with('-') && std::ranges::all_of(label, allowed);
}

/// A name by shape; one whose last label is a number would be a mistaken IPv4 address.
bool is_dns_name(std::string_view name) {
    if (name.ends_with('.'))
        name.remove_suffix(1);
    if (name.empty() || name.size() > 253)
        return false;
    std::string_view label;
    for (std::size_t begin = 0; begin <= name.size(); begin += label.size() + 1) {
        label = name.substr(begin, name.find('.', begin) - begin);
        if (!is_label(label))
            return false;
    }
    return !std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_usable_host(const HostAndPort& parts) {
    const auto [text, scope] = cut_scope(parts.host);
    if (const auto address = numeric_address(text)) {
        return suits_brackets(*address, parts.bracketed, scope.has_value()) &&
               (!scope || is_scope(*scope));
    }
    return !parts.bracketed && is_dns_name(parts.host);
}

} // namespace

IpAddress IpAddress::v4(std::span<const std::uint8_t, 4> bytes) noexcept {
    IpAddress address;
    std::ranges::copy(bytes, address.bytes_.begin());
    return address;
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> bytes) noexcept {
    IpAddress address;
    address.family_ = Family::ipv6;
    std::ranges::copy(bytes, address.bytes_.begin());
    return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
    if (const auto address = numeric_address(text))
        return *address;
    return refuse("read address", text, "is not an IPv4 or IPv6 address");
}

std::span<const std::uint8_t> IpAddress::bytes() const noexcept {
    return std::span(bytes_).first(address_bits(family_) / 8U);
}

IpAddress IpAddress::masked(std::uint8_t length) const noexcept {
    auto cut = *this;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
        const auto kept = std::clamp(length - static_cast<int>(i) * 8, 0, 8);
        cut.bytes_[i] = static_cast<std::uint8_t>(bytes_[i] & (0xff00U >> kept));
    }
    return cut;
}

bool IpAddress::is_unspecified() const noexcept {
    return std::ranges::all_of(bytes_, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_link_local() const noexcept {
    return family_ == Family::ipv6 && bytes_[0] == 0xfe && (bytes_[1] & 0xc0U) == 0x80;
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = family_ == Family::ipv4 ? AF_INET : AF_INET6;
    inet_ntop(family, bytes_.data(), text.data(), text.size()); // cannot fail: it is large enough
    return text.data();
}

Result<AllowedIp::Parsed> AllowedIp::parse(std::string_view text) {
    const auto parsed = parse_with_length("read allowed IP", text);
    if (!parsed)
        return std::unexpected(parsed.error());
    const auto network = parsed->address.masked(parsed->length);
    return Parsed{{network, parsed->length}, network != parsed->address};
}

std::string AllowedIp::to_string() const { return with_length(network, prefix_length); }

Result<InterfaceAddress> InterfaceAddress::parse(std::string_view text) {
    const auto parsed = parse_with_length("read interface address", text);
    if (!parsed)
        return std::unexpected(parsed.error());
    return InterfaceAddress{parsed->address, parsed->length};
}

std::string InterfaceAddress::to_string() const { return with_length(address, prefix_length); }

Result<Endpoint> Endpoint::parse(std::string_view text) {
    constexpr auto operation = "read endpoint";
    const auto parts = split(operation, text);
    if (!parts)
        return std::unexpected(parts.error());
    const auto [address_text, scope] = cut_scope(parts->host);
    const auto address = numeric_address(address_text);
    if (!address || !suits_brackets(*address, parts->bracketed, scope.has_value())) {
        return refuse(operation, text,
                      "is neither IPv4:port nor [IPv6]:port (only a link-local "
                      "address has a %interface)");
    }
    const auto scope_id = scope ? scope_id_of(*scope) : 0;
    if (scope && scope_id == 0)
        return refuse(operation, text, "names an interface that does not exist");
    return Endpoint{*address, parts->port, scope_id};
}

std::string Endpoint::to_string() const {
    if (address.family() == Family::ipv4)
        return fmt::format("{}:{}", address.to_string(), port);
    const auto scope = scope_id == 0 ? std::string() : '%' + scope_text(scope_id);
    return fmt::format("[{}{}]:{}", address.to_string(), scope, port);
}

Result<HostPort> HostPort::parse(std::string_view text) {
    constexpr auto operation = "read endpoint";
    const auto parts = split(operation, text);
    if (!parts)
        return std::unexpected(parts.error());
    if (!is_usable_host(*parts)) {
        return refuse(operation, text,
                      "names no host: an IPv4 address, an IPv6 address in "
                      "brackets or a DNS name is wanted before the port");
    }
    return HostPort{std::string(parts->host), parts->port};
}

} // namespace wgnl

std::size_t std::hash<wgnl::AllowedIp>::operator()(const wgnl::AllowedIp& ip) const noexcept {
    std::array<std::uint8_t, 18> bytes{};
    std::ranges::copy(ip.network.bytes(), bytes.begin());
    bytes[16] = ip.prefix_length;
    bytes[17] = static_cast<std::uint8_t>(ip.network.family());
    return wgnl::keyed_hash(bytes);
}
