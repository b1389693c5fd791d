// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading of headers (RFC 9110), as far as they matter here.
#include "request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <wgnl/address.hpp>

#include "base/text.hpp"

namespace wgnl::cli {
namespace {

/// Takes what stands before the next separator off the front.
std::string_view take(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(part, " \t");
}

struct Range {
    std::string_view type{};
    std::string_view version{};
    double weight{1};
};

double weight_of(std::string_view text) {
    double weight{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
    return error == std::errc{} && weight >= 0 && weight <= 1 ? weight : 0;
}

/// "application/openmetrics-text;version=1.0.0;q=0.5"
Range range_of(std::string_view text) {
    Range range{.type = take(text, ';')};
    while (!text.empty()) {
        auto value = take(text, ';');
        const auto name = take(value, '=');
        if (name == "q")
            range.weight = weight_of(value);
        if (name == "version")
            range.version = value;
    }
    return range;
}

bool is_openmetrics(const Range& range) {
    return range.type == "application/openmetrics-text" &&
           (range.version.empty() || range.version == "1.0.0");
}

bool is_plain(const Range& range) {
    return range.type == "text/plain" && (range.version.empty() || range.version == "0.0.4");
}

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

MetricsFormat wanted_format(std::string_view accept) {
    double openmetrics{};
    double plain{};
    while (!accept.empty()) {
        const auto range = range_of(take(accept, ','));
        if (is_openmetrics(range))
            openmetrics = std::max(openmetrics, range.weight);
        if (is_plain(range))
            plain = std::max(plain, range.weight);
    }
    return openmetrics > 0 && openmetrics >= plain ? MetricsFormat::openmetrics
                                                   : MetricsFormat::prometheus;
}

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
