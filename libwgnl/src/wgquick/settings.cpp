// SPDX-License-Identifier: LGPL-2.1-or-later
// What each key of wg and of wg-quick makes of its value.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "reader.hpp"
#include "setting_table.hpp"

namespace wgnl {

/// True if wg-quick keeps the line for itself, so that wg never sees it.
bool WgQuickReader::take_quick_setting(std::string_view setting) {
    const auto equals = setting.find('=');
    const auto key = trimmed(setting.substr(0, equals));
    follow_quick_section(key);
    const auto keys = interface_keys();
    const auto found = std::ranges::find_if(keys, [&](const InterfaceKey& known) {
        return known.of_wg_quick && equal_caseless(known.name, key);
    });
    if (!quick_interface_ || found == keys.end())
        return false;
    const auto value = trimmed(setting.substr(equals == std::string_view::npos ? 0 : equals + 1));
    key_ = found->name;
    hint_ = found->hint;
    judge(value);
    if (found->read == nullptr)
        keep_line(found->name, value);
    else
        (this->*found->read)(value);
    return true;
}

void WgQuickReader::follow_quick_section(std::string_view key) {
    if (key.starts_with('['))
        quick_interface_ = equal_caseless(key, "[Interface]");
}

void WgQuickReader::keep_line(std::string_view key, std::string_view value) {
    parsed_.unsupported_lines.push_back({std::string(key), SecretText(value), problems_.at(line_)});
}

void WgQuickReader::take_addresses(std::string_view value) {
    for (const auto word : split(value, blanks_and_commas))
        take_address(word);
}

void WgQuickReader::take_address(std::string_view word) {
    judge(word);
    const auto address = InterfaceAddress::parse(word);
    if (!address) {
        return bad_quick_value("Address", word,
                               "is no address; write such as 10.0.0.1/24 or fd00::1/64");
    }
    auto& addresses = parsed_.declaration.addresses;
    if (std::ranges::find(addresses, *address) != addresses.end()) {
        problem(Severity::warning,
                fmt::format("Address={} stands above already", address->to_string()));
        return;
    }
    addresses.push_back(*address);
}

/// One error for a line, of which more than one word may be wrong.
void WgQuickReader::bad_quick_value(std::string_view key, std::string_view value,
                                    std::string_view reason, std::string_view hint) {
    const auto slip = slip_of(value);
    const auto end = consequence("; it is not declared");
    if (slip.empty()) {
        return problem(Severity::error,
                       fmt::format("{}={} {}{}", key, shown_value(value), reason, end), hint);
    }
    if (std::exchange(slip_told_, line_) != line_)
        problem(Severity::error, fmt::format("{}= cannot be read: {}{}", key, slip, end));
}

void WgQuickReader::bad_secret(std::string_view key, const Error& error, std::string_view maker,
                               std::string_view end) {
    auto slip = slip_of({});
    if (slip.empty())
        slip = fmt::format("{}; write what \"wg {}\" printed", error.detail(), maker);
    return mistake(fmt::format("{}= cannot be read: {}{}", key, slip, consequence(end)));
}

void WgQuickReader::take_mtu(std::string_view value) {
    const auto mtu = read_mtu(value);
    parsed_.declaration.mtu = mtu ? *mtu : std::nullopt;
    mtu_line_ = line_;
    if (!mtu)
        bad_quick_value("MTU", value, mtu.error(), hint_);
}

/// The kernel takes it, and the IPv6 addresses and routes of the device away.
void WgQuickReader::warn_of_small_mtu() {
    const auto& declaration = parsed_.declaration;
    const auto is_v6 = [](const auto& address) { return address.family() == Family::ipv6; };
    const bool uses_v6 =
        std::ranges::any_of(declaration.addresses, is_v6, &InterfaceAddress::address) ||
        std::ranges::any_of(declaration.peers, [&](const DeclaredPeer& peer) {
            return std::ranges::any_of(peer.allowed_ips, is_v6, &AllowedIp::network);
        });
    if (uses_v6 && declaration.mtu && *declaration.mtu < smallest_ipv6_mtu) {
        problems_.add({.severity = Severity::warning,
                       .location = problems_.at(mtu_line_),
                       .text = fmt::format("MTU={} is less than {}, with which the kernel switches "
                                           "IPv6 off for the device",
                                           *declaration.mtu, smallest_ipv6_mtu),
                       .key = "MTU"});
    }
}

void WgQuickReader::take_table(std::string_view value) {
    keep_line("Table", value);
    const auto table = read_table(value);
    parsed_.declaration.route_table = table ? *table : std::nullopt;
    if (!table)
        bad_quick_value("Table", value, table.error());
}

void WgQuickReader::take_save_config(std::string_view value) {
    keep_line("SaveConfig", value);
    if (!equal_caseless(value, "true") && !equal_caseless(value, "false")) {
        parsed_.accepted = false;
        problem(Severity::error,
                fmt::format("SaveConfig={} is neither true nor false", shown_value(value)));
    }
}

void WgQuickReader::take_private_key(std::string_view value) {
    auto& declaration = parsed_.declaration;
    declaration.private_key.reset();
    auto key = PrivateKey::parse(value);
    if (!key) {
        declaration.kept_as_is = true;
        return bad_secret("PrivateKey", key.error(), "genkey", "; the device is left as it is");
    }
    if (key->is_zero())
        problem(Severity::note, "PrivateKey= is all zero, which means none; it is not declared");
    else
        declaration.private_key = std::move(*key);
}

void WgQuickReader::take_listen_port(std::string_view value) {
    auto& declared = parsed_.declaration.listen_port;
    declared.reset();
    const auto port = read_port(value);
    if (!port)
        return bad_value("ListenPort", value, port.error());
    if (*port == 0)
        problem(Severity::note, "ListenPort=0 leaves the port to the kernel; it is not declared");
    else
        declared = *port;
}

void WgQuickReader::take_fwmark(std::string_view value) {
    auto& declared = parsed_.declaration.fwmark;
    declared.reset();
    const auto mark = read_fwmark(value);
    if (!mark)
        return bad_value("FwMark", value, mark.error());
    declared = *mark;
}

void WgQuickReader::take_public_key(std::string_view value) {
    const auto key = PublicKey::parse(value);
    peer_.named = key && !key->is_zero();
    if (!peer_.named) {
        const auto slip = key ? std::string{} : slip_of({});
        return mistake(
            slip.empty()
                ? fmt::format("PublicKey={} cannot be read: {}; write what \"wg pubkey\" printed",
                              shown_value(value),
                              key ? "it is all zero, which names no peer" : key.error().detail())
                : fmt::format("PublicKey= cannot be read: {}", slip));
    }
    peer_.peer.public_key = *key;
}

void WgQuickReader::take_preshared_key(std::string_view value) {
    auto key = PresharedKey::parse(value);
    if (!key)
        return bad_secret("PresharedKey", key.error(), "genpsk", {});
    peer_.clears_preshared_key = key->is_zero();
    peer_.peer.preshared_key = key->is_zero() ? std::nullopt : std::optional(std::move(*key));
}

void WgQuickReader::take_allowed_ips(std::string_view value) {
    peer_.replaces_allowed_ips = true;
    for (std::size_t begin = 0; begin <= value.size();) {
        const auto end = std::min(value.find(',', begin), value.size());
        take_allowed_ip(value.substr(begin, end - begin));
        begin = end + 1;
    }
}

/// What somebody did to a line is told once, of which more than one word may be wrong.
void WgQuickReader::bad_allowed_ip(std::string_view value, std::string_view reason) {
    auto slip = slip_of(value);
    if (slip.empty() && value.empty())
        slip = "there is a comma too many; delete it";
    if (slip.empty())
        return bad_value("AllowedIPs", value, reason);
    if (std::exchange(slip_told_, line_) != line_)
        mistake(fmt::format("AllowedIPs= cannot be read: {}", slip));
}

void WgQuickReader::take_allowed_ip(std::string_view value) {
    judge(value);
    const auto prefix = read_prefix(value);
    if (!prefix)
        return bad_allowed_ip(value, prefix.error());
    if (prefix->had_host_bits) {
        problem(Severity::warning, fmt::format("AllowedIPs={} has host bits; it is taken as {}",
                                               shown_value(value), prefix->value.to_string()));
    }
    using enum ReadPrefix::Sign;
    peer_.replaces_allowed_ips = peer_.replaces_allowed_ips && prefix->sign == none;
    peer_.items.push_back({prefix->value, prefix->sign == minus, line_});
}

void WgQuickReader::take_endpoint(std::string_view value) {
    auto endpoint = read_endpoint(value);
    if (!endpoint)
        return bad_value("Endpoint", value, endpoint.error());
    if (endpoint->lacked_brackets) {
        problem(Severity::warning, fmt::format("Endpoint={} has no brackets; it is taken as {}",
                                               shown_value(value), endpoint->text));
    }
    peer_.peer.endpoint = std::move(endpoint->text);
}

void WgQuickReader::take_keepalive(std::string_view value) {
    const auto seconds = read_keepalive(value);
    if (!seconds)
        return bad_value("PersistentKeepalive", value, seconds.error());
    peer_.peer.persistent_keepalive = *seconds;
}

} // namespace wgnl
