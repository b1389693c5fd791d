// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes what reads short texts: addresses, endpoints, keys, names.
#include <algorithm>

#include <wgnl/address.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>
#include <wgnl/key.hpp>
#include <wgnl/slips.hpp>
#include <wgnl/text.hpp>

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

/// Whether `part` may be a part of a key: no word of ours, which have one case and no digits.
bool is_of_key(std::string_view part) {
    const auto has = [&](char first, char last) {
        return std::ranges::any_of(part, [=](char c) { return c >= first && c <= last; });
    };
    return has('a', 'z') && has('A', 'Z') && part.find_first_of(" -") == part.npos;
}

/// Its length, and what in it is no base64; nothing else of it.
void require_nothing_of(std::string_view secret, std::string_view said) {
    constexpr std::size_t part = 10;
    for (std::size_t i = 0; i + part <= secret.size(); ++i)
        require(!is_of_key(secret.substr(i, part)) || !said.contains(secret.substr(i, part)),
                "an error tells nothing of a secret");
}

template <typename Key> void require_secret(std::string_view text) {
    const auto key = Key::parse(text);
    if (key)
        return require(key->reveal_base64() == text, "a key has one text alone");
    require_shown(key.error());
    require_nothing_of(text, key.error().to_string());
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

void require_slips(std::string_view text) {
    for (const auto syntax : {Syntax::wg, Syntax::networkd, Syntax::keyfile}) {
        for (const auto& said : {slip_in(text, syntax), slip_in_line(text, syntax)}) {
            require(is_printable(said), "what is said of a slip may be shown");
            require_nothing_of(text, said);
        }
    }
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
    fuzz::require_slips(text);
    fuzz::require_printable(text);
    fuzz::require_name(text);
    const auto mode = parse_mode(text);
    fuzz::require(!mode || to_string(*mode) == text, "a mode has one name");
    return 0;
}
