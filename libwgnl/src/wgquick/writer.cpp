// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations and live devices as configuration text.
#include "writer.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "base/text.hpp"
#include "peer_names.hpp"
#include "setting_table.hpp"
#include "values.hpp"
#include "values/keys.hpp"
#include "values/wiping.hpp"

namespace wgnl {

namespace {

constexpr std::uint32_t table_main = 254;

/// Whether it is read back as the line that it is: one key of wg-quick's, one value.
bool is_other_line(const WgQuickLine& line) {
    const auto is_kept = [&](const InterfaceKey& key) {
        return key.write == nullptr && key.name == line.key;
    };
    const auto value = line.value.view();
    return std::ranges::any_of(interface_keys(), is_kept) && trimmed(value) == value &&
           value.find_first_of(std::string_view("\n#\0", 3)) == std::string_view::npos;
}

void write_live_peer(WgQuickLines& lines, const Peer& peer) {
    lines.section("Peer");
    lines.key("PublicKey", peer.public_key.bytes());
    if (peer.preshared_key)
        lines.key("PresharedKey", peer.preshared_key->reveal());
    lines.list("AllowedIPs", peer.allowed_ips);
    if (peer.endpoint)
        lines.line("Endpoint", peer.endpoint->to_string());
    if (peer.persistent_keepalive != 0)
        lines.keepalive("PersistentKeepalive", peer.persistent_keepalive);
}

} // namespace

void WgQuickLines::section(std::string_view name) {
    text_.append(text_.empty() ? "[" : "\n[");
    text_.append(name);
    text_.append("]\n");
}

void WgQuickLines::line(std::string_view key, std::string_view value) {
    begin(key);
    text_.append(value);
    text_.append('\n');
}

void WgQuickLines::key(std::string_view name, std::span<const std::uint8_t, key_size> bytes) {
    auto base64 = key_text(bytes);
    line(name, {base64.data(), key_text_size});
    wipe(base64.data(), base64.size());
}

void WgQuickLines::mark(std::string_view key, std::uint32_t fwmark) {
    line(key, fwmark == 0 ? "off" : fmt::format("{:#x}", fwmark));
}

void WgQuickLines::keepalive(std::string_view key, std::uint16_t seconds) {
    line(key, seconds == 0 ? "off" : fmt::format("{}", seconds));
}

void WgQuickLines::begin(std::string_view key) {
    text_.append(key);
    text_.append(" = ");
}

WrittenWgQuick WgQuickWriter::run() {
    lines_.section("Interface");
    write_keys(false);
    note_device();
    if (dialect_ == Dialect::wg_quick)
        write_keys(true);
    else
        note_quick_settings();
    for (const auto& line : unsupported_lines_)
        write_other(line);
    for (const auto& peer : declaration_.peers)
        write_peer(peer);
    written_.text = lines_.take();
    return std::move(written_);
}

void WgQuickWriter::write_keys(bool of_wg_quick) {
    for (const auto& key : interface_keys())
        if (key.write != nullptr && key.of_wg_quick == of_wg_quick)
            (this->*key.write)(key.name);
}

void WgQuickWriter::leave_out(const Location& location, std::string text) {
    written_.not_expressible.push_back({Severity::warning, location, std::move(text)});
}

void WgQuickWriter::leave_out_of(const DeclaredPeer& peer, std::string text) {
    leave_out(peer.location, std::move(text));
    written_.not_expressible.back().peer = peer.public_key;
}

void WgQuickWriter::leave_out_of_device(bool present, std::string_view what) {
    if (present)
        leave_out(declaration_.location, fmt::format("{} cannot be written", what));
}

void WgQuickWriter::write_listen_port(std::string_view key) {
    if (declaration_.listen_port)
        lines_.line(key, fmt::format("{}", *declaration_.listen_port));
}

void WgQuickWriter::write_fwmark(std::string_view key) {
    if (declaration_.fwmark)
        lines_.mark(key, *declaration_.fwmark);
}

void WgQuickWriter::write_private_key(std::string_view key) {
    if (declaration_.private_key)
        lines_.key(key, declaration_.private_key->reveal());
}

void WgQuickWriter::note_device() {
    const auto& declared = declaration_;
    const bool is_quick = dialect_ == Dialect::wg_quick;
    leave_out_of_device(declared.mode == Mode::observe || (declared.mode == Mode::sync && is_quick),
                        fmt::format("mode {}", to_string(declared.mode)));
    leave_out_of_device(declared.kept_as_is, "a private key that could not be read");
    leave_out_of_device(declared.strict, "\"strict\"");
    leave_out_of_device(declared.keeps_peers, "a section that names nobody");
    leave_out_of_device(declared.is_private, "\"private\"");
    leave_out_of_device(!declared.viewers.empty(), "\"viewers\"");
    leave_out_of_device(declared.route_metric.has_value(), "the metric of routes");
}

void WgQuickWriter::note_quick_settings() {
    const auto& table = declaration_.route_table;
    leave_out_of_device(!declaration_.addresses.empty(), "the device's addresses");
    leave_out_of_device(declaration_.mtu.has_value(), "the MTU");
    leave_out_of_device(table && *table != 0, "the routing table");
}

void WgQuickWriter::write_addresses(std::string_view key) {
    lines_.list(key, declaration_.addresses);
}

void WgQuickWriter::write_mtu(std::string_view key) {
    if (declaration_.mtu)
        lines_.line(key, fmt::format("{}", *declaration_.mtu));
}

void WgQuickWriter::write_table(std::string_view key) {
    const auto table = declaration_.route_table.value_or(0); // 0, as absent: no routes
    if (const auto written = table_as_written(table); !written.empty())
        lines_.line(key, written);
    else if (table != table_main)
        lines_.line(key, table == 0 ? "off" : fmt::format("{}", table));
}

/// The last Table= of the unsupported lines if it means this table; else, or without any, empty.
std::string_view WgQuickWriter::table_as_written(std::uint32_t table) const {
    for (const auto& line : unsupported_lines_ | std::views::reverse) {
        if (line.key == "Table") {
            const auto read = read_table(line.value.view());
            const bool same = read && (*read ? table != 0 && **read == table : table == 0);
            return same ? line.value.view() : std::string_view{};
        }
    }
    return {};
}

void WgQuickWriter::write_other(const WgQuickLine& line) {
    if (line.key == "Table" || line.value.empty())
        return;
    if (!is_other_line(line)) {
        return leave_out(line.location, fmt::format("{} cannot be written as it is",
                                                    excerpt(printable(line.key))));
    }
    lines_.line(line.key, line.value.view());
}

void WgQuickWriter::write_peer(const DeclaredPeer& peer) {
    if (peer.kept_as_is) {
        return leave_out_of(peer,
                            fmt::format("the section of the peer {} has a mistake; it is left out",
                                        peer.public_key.to_base64()));
    }
    lines_.section("Peer");
    write_name(peer);
    for (const auto& key : peer_keys())
        (this->*key.write)(key.name, peer);
    note_peer(peer);
}

void WgQuickWriter::write_public_key(std::string_view key, const DeclaredPeer& peer) {
    lines_.key(key, peer.public_key.bytes());
}

void WgQuickWriter::write_preshared_key(std::string_view key, const DeclaredPeer& peer) {
    if (peer.preshared_key)
        lines_.key(key, peer.preshared_key->reveal());
}

void WgQuickWriter::write_allowed_ips(std::string_view key, const DeclaredPeer& peer) {
    lines_.list(key, peer.allowed_ips);
}

void WgQuickWriter::write_endpoint(std::string_view key, const DeclaredPeer& peer) {
    if (peer.endpoint)
        lines_.line(key, printable(*peer.endpoint));
}

void WgQuickWriter::write_keepalive(std::string_view key, const DeclaredPeer& peer) {
    if (peer.persistent_keepalive)
        lines_.keepalive(key, *peer.persistent_keepalive);
}

void WgQuickWriter::note_peer(const DeclaredPeer& peer) {
    if (peer.external_preshared_key) {
        leave_out_of(peer, fmt::format("that someone else sets the preshared key of the peer {} "
                                       "cannot be written",
                                       peer.public_key.to_base64()));
    }
    // A peer may say what the device says anyway.
    const auto table = peer.route_table ? peer.route_table : declaration_.route_table;
    const auto metric = peer.route_metric ? peer.route_metric : declaration_.route_metric;
    const bool differs = table.value_or(0) != declaration_.route_table.value_or(0) ||
                         metric != declaration_.route_metric;
    if (differs || !peer.routes.empty()) {
        leave_out_of(peer,
                     fmt::format("the route table and metric of the peer {} cannot be written",
                                 peer.public_key.to_base64()));
    }
}

void WgQuickWriter::write_name(const DeclaredPeer& peer) {
    if (peer.name.empty())
        return;
    const auto comment = "friendly_name = " + printable(peer.name);
    if (tagged_name(comment) != peer.name) {
        return leave_out_of(peer,
                            fmt::format("the name of the peer {} would not be read back as it "
                                        "is; it is left out",
                                        peer.public_key.to_base64()));
    }
    lines_.line("# friendly_name", peer.name);
}

WrittenWgQuick to_wg_quick(const Declaration& declaration, Dialect dialect) {
    const StackWiper wiper;
    return WgQuickWriter(declaration, dialect).run();
}

WrittenWgQuick to_wg_quick(const Declaration& declaration,
                           std::span<const WgQuickLine> unsupported_lines) {
    const StackWiper wiper;
    return WgQuickWriter(declaration, Dialect::wg_quick, unsupported_lines).run();
}

SecretText to_wg_quick(const Device& device) {
    const StackWiper wiper;
    WgQuickLines lines;
    lines.section("Interface");
    if (device.listen_port != 0)
        lines.line("ListenPort", fmt::format("{}", device.listen_port));
    if (device.fwmark != 0)
        lines.mark("FwMark", device.fwmark);
    if (device.private_key)
        lines.key("PrivateKey", device.private_key->reveal());
    for (const auto& peer : device.peers)
        write_live_peer(lines, peer);
    auto text = lines.take();
    if (device.peers.empty())
        text.append('\n'); // as wg prints it
    return text;
}

} // namespace wgnl
