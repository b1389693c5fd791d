// SPDX-License-Identifier: LGPL-2.1-or-later
// What each key of wg and of wg-quick makes of its value.
#include "settings.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "values.hpp"

namespace wgnl {

bool InterfaceSettings::take_quick(std::string_view setting) {
    const auto equals = setting.find('=');
    const auto key = trimmed(setting.substr(0, equals));
    if (key.starts_with('['))
        quick_section_ = equal_caseless(key, "[Interface]");
    const auto keys = interface_keys();
    const auto found = std::ranges::find_if(keys, [&](const InterfaceKey& known) {
        return known.of_wg_quick && equal_caseless(known.name, key);
    });
    if (!quick_section_ || found == keys.end())
        return false;
    const auto value = trimmed(setting.substr(equals == std::string_view::npos ? 0 : equals + 1));
    judge_.set_key(found->name, found->hint);
    judge_.judge(value);
    if (found->read == nullptr)
        keep_line(found->name, value);
    else
        take(*found, value);
    return true;
}

void InterfaceSettings::keep_line(std::string_view key, std::string_view value) {
    parsed_.unsupported_lines.push_back({std::string(key), SecretText(value), judge_.here()});
}

void InterfaceSettings::take_addresses(std::string_view value) {
    for (const auto word : split(value, blanks_and_commas))
        take_address(word);
}

void InterfaceSettings::take_address(std::string_view word) {
    judge_.judge(word);
    const auto address = InterfaceAddress::parse(word);
    if (!address) {
        return judge_.bad_quick_value("Address", word,
                                      "is no address; write such as 10.0.0.1/24 or fd00::1/64");
    }
    auto& addresses = parsed_.declaration.addresses;
    if (std::ranges::find(addresses, *address) != addresses.end()) {
        judge_.problem(Severity::warning,
                       fmt::format("Address={} stands above already", address->to_string()));
        return;
    }
    addresses.push_back(*address);
}

void InterfaceSettings::take_mtu(std::string_view value) {
    const auto mtu = read_mtu(value);
    parsed_.declaration.mtu = mtu ? *mtu : std::nullopt;
    mtu_line_ = judge_.line();
    if (!mtu)
        judge_.bad_quick_value("MTU", value, mtu.error(), judge_.hint());
}

/// The kernel takes it, and the IPv6 addresses and routes of the device away.
void InterfaceSettings::warn_of_small_mtu() {
    const auto& declaration = parsed_.declaration;
    const auto is_v6 = [](const auto& address) { return address.family() == Family::ipv6; };
    const bool uses_v6 =
        std::ranges::any_of(declaration.addresses, is_v6, &InterfaceAddress::address) ||
        std::ranges::any_of(declaration.peers, [&](const DeclaredPeer& peer) {
            return std::ranges::any_of(peer.allowed_ips, is_v6, &AllowedIp::network);
        });
    if (uses_v6 && declaration.mtu && *declaration.mtu < smallest_ipv6_mtu) {
        judge_.problems().add(
            {.severity = Severity::warning,
             .location = judge_.problems().at(mtu_line_),
             .text = fmt::format("MTU={} is less than {}, with which the kernel switches "
                                 "IPv6 off for the device",
                                 *declaration.mtu, smallest_ipv6_mtu),
             .key = "MTU"});
    }
}

void InterfaceSettings::take_table(std::string_view value) {
    keep_line("Table", value);
    const auto table = read_table(value);
    parsed_.declaration.route_table = table ? *table : std::nullopt;
    if (!table)
        judge_.bad_quick_value("Table", value, table.error());
}

void InterfaceSettings::take_save_config(std::string_view value) {
    keep_line("SaveConfig", value);
    if (!equal_caseless(value, "true") && !equal_caseless(value, "false")) {
        judge_.refuse();
        judge_.problem(Severity::error,
                       fmt::format("SaveConfig={} is neither true nor false", shown_value(value)));
    }
}

void InterfaceSettings::take_private_key(std::string_view value) {
    auto& declaration = parsed_.declaration;
    declaration.private_key.reset();
    auto key = PrivateKey::parse(value);
    if (!key) {
        declaration.kept_as_is = true;
        return judge_.bad_secret("PrivateKey", key.error(), "genkey",
                                 "; the device is left as it is");
    }
    if (key->is_zero())
        judge_.problem(Severity::note,
                       "PrivateKey= is all zero, which means none; it is not declared");
    else
        declaration.private_key = std::move(*key);
}

void InterfaceSettings::take_listen_port(std::string_view value) {
    auto& declared = parsed_.declaration.listen_port;
    declared.reset();
    const auto port = read_port(value);
    if (!port)
        return judge_.bad_value("ListenPort", value, port.error());
    if (*port == 0)
        judge_.problem(Severity::note,
                       "ListenPort=0 leaves the port to the kernel; it is not declared");
    else
        declared = *port;
}

void InterfaceSettings::take_fwmark(std::string_view value) {
    auto& declared = parsed_.declaration.fwmark;
    declared.reset();
    const auto mark = read_fwmark(value);
    if (!mark)
        return judge_.bad_value("FwMark", value, mark.error());
    declared = *mark;
}

void PeerSettings::take_public_key(std::string_view value) {
    const auto key = PublicKey::parse(value);
    section_.named = key && !key->is_zero();
    if (!section_.named) {
        const auto slip = key ? std::string{} : judge_.slip_of({});
        return judge_.mistake(
            slip.empty()
                ? fmt::format("PublicKey={} cannot be read: {}; write what \"wg pubkey\" printed",
                              shown_value(value),
                              key ? "it is all zero, which names no peer" : key.error().detail())
                : fmt::format("PublicKey= cannot be read: {}", slip));
    }
    section_.peer.public_key = *key;
}

void PeerSettings::take_preshared_key(std::string_view value) {
    auto key = PresharedKey::parse(value);
    if (!key)
        return judge_.bad_secret("PresharedKey", key.error(), "genpsk", {});
    section_.clears_preshared_key = key->is_zero();
    section_.peer.preshared_key = key->is_zero() ? std::nullopt : std::optional(std::move(*key));
}

void PeerSettings::take_allowed_ips(std::string_view value) {
    section_.replaces_allowed_ips = true;
    for (std::size_t begin = 0; begin <= value.size();) {
        const auto end = std::min(value.find(',', begin), value.size());
        take_allowed_ip(value.substr(begin, end - begin));
        begin = end + 1;
    }
}

/// What somebody did to a line is told once, of which more than one word may be wrong.
void PeerSettings::bad_allowed_ip(std::string_view value, std::string_view reason) {
    auto slip = judge_.slip_of(value);
    if (slip.empty() && value.empty())
        slip = "there is a comma too many; delete it";
    if (slip.empty())
        return judge_.bad_value("AllowedIPs", value, reason);
    if (judge_.tells_slip())
        judge_.mistake(fmt::format("AllowedIPs= cannot be read: {}", slip));
}

void PeerSettings::take_allowed_ip(std::string_view value) {
    judge_.judge(value);
    const auto prefix = read_prefix(value);
    if (!prefix)
        return bad_allowed_ip(value, prefix.error());
    if (prefix->had_host_bits) {
        judge_.problem(Severity::warning,
                       fmt::format("AllowedIPs={} has host bits; it is taken as {}",
                                   shown_value(value), prefix->value.to_string()));
    }
    using enum ReadPrefix::Sign;
    section_.replaces_allowed_ips = section_.replaces_allowed_ips && prefix->sign == none;
    section_.items.push_back({prefix->value, prefix->sign == minus, judge_.line()});
}

void PeerSettings::take_endpoint(std::string_view value) {
    auto endpoint = read_endpoint(value);
    if (!endpoint)
        return judge_.bad_value("Endpoint", value, endpoint.error());
    if (endpoint->lacked_brackets) {
        judge_.problem(Severity::warning,
                       fmt::format("Endpoint={} has no brackets; it is taken as {}",
                                   shown_value(value), endpoint->text));
    }
    section_.peer.endpoint = std::move(endpoint->text);
}

void PeerSettings::take_keepalive(std::string_view value) {
    const auto seconds = read_keepalive(value);
    if (!seconds)
        return judge_.bad_value("PersistentKeepalive", value, seconds.error());
    section_.peer.persistent_keepalive = *seconds;
}

} // namespace wgnl
