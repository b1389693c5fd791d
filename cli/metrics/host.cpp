// SPDX-License-Identifier: LGPL-2.1-or-later
// The header Host of RFC 9110: uri-host [ ":" port ].
#include "host.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <wgnl/address.hpp>

namespace wgnl::cli {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool alike(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// ":9586", or nothing.
bool is_port(std::string_view text) {
    constexpr std::size_t longest = 6;
    return text.empty() ||
           (text[0] == ':' && text.size() <= longest &&
            std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; }));
}

/// What is in the brackets; absent if that, or what follows it, is no such thing.
std::optional<std::string_view> bracketed(std::string_view host) {
    const auto end = host.find(']');
    if (!host.starts_with('[') || end == host.npos || !is_port(host.substr(end + 1)))
        return std::nullopt;
    return host.substr(1, end - 1);
}

bool is_address(std::string_view text, Family family) {
    const auto address = IpAddress::parse(text);
    return address && address->family() == family;
}

} // namespace

bool is_our_host(std::string_view host, std::span<const std::string> ours) {
    static constexpr std::array<std::string_view, 3> loopback{"localhost", "ip6-localhost",
                                                              "ip6-loopback"};
    if (const auto inside = bracketed(host))
        return is_address(*inside, Family::ipv6);
    const auto colon = std::min(host.find(':'), host.size());
    auto name = host.substr(0, colon);
    if (!is_port(host.substr(colon)))
        return false;
    if (is_address(name, Family::ipv4))
        return true;
    if (name.ends_with('.'))
        name.remove_suffix(1);
    const auto is_it = [name](std::string_view known) { return alike(name, known); };
    return std::ranges::any_of(loopback, is_it) || std::ranges::any_of(ours, is_it);
}

} // namespace wgnl::cli
