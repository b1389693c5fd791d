// SPDX-License-Identifier: LGPL-2.1-or-later
// Advice by the problem's text, by a misspelt name, or by the key of the line.
#include "hints.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include <fmt/format.h>

#include <wgnl/text.hpp>

namespace wgnl::cli {
namespace {

struct Hint {
    std::string_view of;
    std::string_view text;
};

/// By a part of the problem's text. What ends in "; write …" or "; delete …" needs none.
constexpr std::array by_text{
    Hint{" has no PublicKey=", "every [WireGuardPeer] needs PublicKey=, as \"wgnl pubkey\" prints "
                               "it on the other side"},
    Hint{"belongs to the peer of", "a prefix leads to one peer: remove it from one of the two"},
    Hint{"the later peer has it", "a prefix leads to one peer: remove it from one of the two"},
    Hint{"is already declared at", "put both sections into one, or remove one"},
    Hint{"both are put together", "put both sections into one"},
    Hint{"device's own public key", "write the public key of the other side"},
    Hint{"is not a section header", "a header stands alone: [WireGuardPeer]"},
    Hint{"there is no \"=\"", "write Key=value; a comment begins with \"#\""},
    Hint{"is not named after a device",
         "rename it for these; NetworkManager imports it under any name: nmcli connection import "
         "type wgnl file FILE"},
    Hint{"before any section", "move it below [NetDev], [WireGuard] or [WireGuardPeer]"},
};

constexpr std::string_view key_file =
    "the absolute path of a file with 44 characters of base64; root:systemd-network, mode 0640";

/// By the key of the line.
constexpr std::array by_key{
    Hint{"privatekey", "44 characters of base64, as \"wgnl genkey\" prints; better in a file of "
                       "mode 0640, named by PrivateKeyFile="},
    Hint{"presharedkey", "44 characters of base64, as \"wgnl genpsk\" prints"},
    Hint{"publickey", "44 characters of base64, as \"wgnl pubkey\" prints"},
    Hint{"privatekeyfile", key_file},
    Hint{"presharedkeyfile", key_file},
    Hint{"publickeyfile", "the absolute path of a file with 44 characters of base64"},
    Hint{"xpresharedkey", "external: someone else sets the preshared key"},
    Hint{"allowedips", "prefixes such as 10.0.0.2/32 or fd00::2/128, separated by commas"},
    Hint{"endpoint", "host:port, or [2001:db8::1]:51820 for an IPv6 address"},
    Hint{"persistentkeepalive", "seconds from 1 to 65535, or off"},
    Hint{"listenport", "a port from 1 to 65535, or auto"},
    Hint{"firewallmark", "a number from 0 to 4294967295, also as 0x…"},
    Hint{"name", "1 to 15 bytes without \"/\", \":\" and white space"},
    Hint{"mtubytes", "bytes from 68 to 65535; IPv6 needs 1280"},
    Hint{"routetable", "a number, default, main, local, or off"},
    Hint{"routemetric", "a number from 0 to 4294967295"},
    Hint{"address", "an address with its prefix length, such as 10.0.0.1/24 or fd00::1/64"},
    Hint{"mode", "observe, or nothing: the folder tells who owns the device"},
    Hint{"strict", "yes or no"},
    Hint{"private", "yes or no"},
};

/// Keys and their sections.
struct Known {
    std::string_view key;
    std::string_view section;
};
constexpr std::array known_keys{Known{"Name", "NetDev"},
                                Known{"Kind", "NetDev"},
                                Known{"MTUBytes", "NetDev"},
                                Known{"Description", "NetDev"},
                                Known{"PrivateKey", "WireGuard"},
                                Known{"PrivateKeyFile", "WireGuard"},
                                Known{"ListenPort", "WireGuard"},
                                Known{"FirewallMark", "WireGuard"},
                                Known{"RouteTable", "WireGuard"},
                                Known{"RouteMetric", "WireGuard"},
                                Known{"PublicKey", "WireGuardPeer"},
                                Known{"PublicKeyFile", "WireGuardPeer"},
                                Known{"PresharedKey", "WireGuardPeer"},
                                Known{"PresharedKeyFile", "WireGuardPeer"},
                                Known{"AllowedIPs", "WireGuardPeer"},
                                Known{"Endpoint", "WireGuardPeer"},
                                Known{"PersistentKeepalive", "WireGuardPeer"},
                                Known{"Strict", "X-Wgnl"},
                                Known{"Private", "X-Wgnl"},
                                Known{"Mode", "X-Wgnl"}};
constexpr std::array<std::string_view, 5> known_sections{"NetDev", "Match", "WireGuard",
                                                         "WireGuardPeer", "X-Wgnl"};

char lower(char byte) { return static_cast<char>(std::tolower(static_cast<unsigned char>(byte))); }

/// The nearest of the names if a slip or two lead to it, else empty.
template <typename Range, typename Name>
std::string_view nearest(const Range& range, std::string_view written, Name name) {
    constexpr std::size_t most_slips = 2;
    const auto far = [&](const auto& each) { return edit_distance(written, name(each)); };
    const auto best = std::ranges::min_element(range, {}, far);
    return far(*best) <= std::min(most_slips, written.size() / 2) ? name(*best)
                                                                  : std::string_view{};
}

/// "Keepalive= is no key of [WireGuardPeer] and is ignored".
std::string hint_for_unknown_key(std::string_view text, std::size_t at) {
    const auto written = text.substr(0, at);
    if (written == "Name" && text.contains("[WireGuardPeer]"))
        return "X-Name= is the name of a peer";
    const auto key = nearest(known_keys, written, [](const Known& known) { return known.key; });
    if (key.empty())
        return {};
    if (key != written)
        return fmt::format("did you mean {}=?", key);
    const auto* known = std::ranges::find(known_keys, key, &Known::key);
    return fmt::format("{}= belongs into [{}]", key, known->section);
}

/// "[Wireguard] is no section of a WireGuard .netdev file and is ignored".
std::string hint_for_unknown_section(std::string_view text, std::size_t at) {
    const auto written = text.substr(1, at > 1 ? at - 2 : 0);
    if (written == "Peer" || written == "Interface")
        return fmt::format("that is wg-quick's; here it is [{}]",
                           written == "Peer" ? "WireGuardPeer" : "WireGuard");
    const auto section =
        nearest(known_sections, written, [](std::string_view name) { return name; });
    return section.empty() ? std::string{} : fmt::format("did you mean [{}]?", section);
}

std::string hint_for_text(std::string_view text) {
    if (const auto at = text.find("= is no key of ["); at != text.npos)
        return hint_for_unknown_key(text, at);
    if (const auto at = text.find(" is no section of"); at != text.npos && text.starts_with('['))
        return hint_for_unknown_section(text, at);
    const auto* found =
        std::ranges::find_if(by_text, [&](const Hint& hint) { return text.contains(hint.of); });
    return std::string{found == by_text.end() ? std::string_view{} : found->text};
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\",");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

} // namespace

std::string key_of_line(std::string_view line) {
    const auto text = trimmed(line);
    const auto end = text.find_first_of("=:\"");
    std::string key;
    for (const char byte : text.substr(0, end == text.npos ? 0 : end))
        if (std::isalnum(static_cast<unsigned char>(byte)))
            key += lower(byte);
    return key;
}

bool names_credential(std::string_view line) {
    const auto equals = line.find('=');
    return equals != line.npos && trimmed(line.substr(equals + 1)).starts_with('@');
}

std::string hint_for(const Problem& problem, std::string_view line) {
    if (problem.severity == Severity::note || problem.text.contains("; write ") ||
        problem.text.contains("; delete ") || problem.where.contains(".nmconnection"))
        return {};
    if (auto hint = hint_for_text(problem.text); !hint.empty())
        return hint;
    if (problem.severity != Severity::error || names_credential(line))
        return {};
    const auto* found = std::ranges::find(by_key, key_of_line(line), &Hint::of);
    return std::string{found == by_key.end() ? std::string_view{} : found->text};
}

} // namespace wgnl::cli
