// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes what reads short texts: addresses, endpoints, keys, names.
#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>
#include <wgnl/key.hpp>

#include <fmt/format.h>

#include "fuzz.hpp"

namespace wgnl::fuzz {
namespace {

/// What is read, is written and read again as the same; what is not read, is explained.
template <typename T> void require_round_trip(std::string_view text) {
    const auto value = T::parse(text);
    if (value)
        require(T::parse(value->to_string()) == *value, "what is written is read");
    else
        require_shown(value.error());
}

void require_allowed_ip(std::string_view text) {
    const auto parsed = AllowedIp::parse(text);
    if (!parsed)
        return require_shown(parsed.error());
    const auto& ip = parsed->value;
    require(ip.network.masked(ip.prefix_length) == ip.network, "an allowed IP is masked");
    const auto again = AllowedIp::parse(ip.to_string());
    require(again && again->value == ip && !again->had_host_bits, "what is written is read");
    const auto own = InterfaceAddress::parse(text);
    require(own && (own->address != ip.network) == parsed->had_host_bits, "host bits are reported");
}

std::string written(const HostPort& parts) {
    const bool brackets = parts.host.find(':') != std::string::npos;
    return brackets ? fmt::format("[{}]:{}", parts.host, parts.port)
                    : fmt::format("{}:{}", parts.host, parts.port);
}

void require_host_port(std::string_view text) {
    const auto parts = HostPort::parse(text);
    const auto endpoint = Endpoint::parse(text);
    require(!endpoint || parts, "a numeric endpoint has host and port");
    if (!parts)
        return require_shown(parts.error());
    require(parts->port != 0 && is_printable(parts->host), "host and port are usable");
    require(HostPort::parse(written(*parts)) == *parts, "what is written is read");
    require(!endpoint || endpoint->port == parts->port, "both read the same port");
}

template <typename Key> void require_secret(std::string_view text) {
    const auto key = Key::parse(text);
    if (key)
        return require(key->reveal_base64() == text, "a key has one text alone");
    require_shown(key.error());
    const auto other = Key::parse(std::string(text.size(), '!'));
    require(key.error().to_string() == other.error().to_string(),
            "an error tells nothing of a secret but its length");
}

void require_keys(std::string_view text) {
    const auto key = PublicKey::parse(text);
    if (key)
        require(key->to_base64() == text, "a key has one text alone");
    else
        require_shown(key.error());
    require_secret<PrivateKey>(text);
    require_secret<PresharedKey>(text);
}

void require_printable(std::string_view text) {
    const auto shown = printable(text);
    require(is_printable(shown), "what is made printable is");
    require(shown.size() <= max_text_length, "what is made printable is not too long");
    require(printable(shown) == shown, "it stays as it is");
    require(!is_printable(text) || text.size() + 3 > max_text_length || shown == text,
            "what is printable stays as it is");
}

void require_name(std::string_view text) {
    const auto checked = check_device_name(text);
    if (!checked)
        return require_shown(checked.error());
    require(!text.empty() && text.size() <= max_device_name, "a name has 1 to 15 bytes");
    require(text.find_first_of(std::string_view("/:\0 \t\n", 6)) == text.npos,
            "a name has nothing that the kernel refuses");
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    const auto bytes = fuzz::Input(data, size).rest();
    const auto text = fuzz::text_of(bytes);
    fuzz::require_round_trip<IpAddress>(text);
    fuzz::require_round_trip<InterfaceAddress>(text);
    fuzz::require_round_trip<Endpoint>(text);
    fuzz::require_allowed_ip(text);
    fuzz::require_host_port(text);
    fuzz::require_keys(text);
    fuzz::require_printable(text);
    fuzz::require_name(text);
    const auto mode = parse_mode(text);
    fuzz::require(!mode || to_string(*mode) == text, "a mode has one name");
    return 0;
}
