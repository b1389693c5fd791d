// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations as .netdev and .network text, and a word on whatever those cannot say.
#include "networkd/netdev/netdev_writer.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "networkd/files/text.hpp"
#include "networkd/netdev/setting_table.hpp"

namespace wgnl::networkd {
namespace {

/// Prefixes on one line: few enough to be read, and far below systemd's longest line.
constexpr std::size_t prefixes_on_a_line = 8;

/// Whether a value comes back as it is: no blanks at its ends, nothing that joins two lines.
bool survives(const std::string& value) {
    return is_utf8(value) && printable(value) == value && trimmed(value, whitespace) == value &&
           !value.ends_with('\\');
}

/// Whether [Match] Name=, a list of patterns, means this device and no other.
bool is_plain_pattern(std::string_view device) {
    return survives(std::string(device)) && device.find_first_of("*?[]!\\\"' ") == device.npos;
}

} // namespace

void NetdevLines::section(std::string_view name) {
    optional_.clear();
    text_.append(text_.empty() ? "[" : "\n[");
    text_.append(name);
    text_.append("]\n");
}

void NetdevLines::optional_section(std::string_view name) { optional_ = name; }

void NetdevLines::line(std::string_view key, std::string_view value) {
    if (const auto name = std::exchange(optional_, {}); !name.empty())
        section(name);
    text_.append(key);
    text_.append('=');
    text_.append(value);
    text_.append('\n');
}

NetdevWriter::NetdevWriter(const Declaration& declaration, FolderOwner owner,
                           const WriteOptions& options)
    : declared_(declaration), owner_(owner), taken_(options.taken),
      network_{.device = declaration.device,
               .addresses = declaration.addresses,
               .names = adapter::name_servers_of(options.lines),
               .tunnel = full_tunnel_of(declaration, options.lines, options.taken),
               .knows_src_valid_mark = options.systemd.value_or(0) >= src_valid_mark_since} {}

WrittenNetdev NetdevWriter::run() {
    const auto write = [this](const auto& row) {
        if (row.write != nullptr)
            (this->*row.write)(row.key);
    };
    text_.section("NetDev");
    std::ranges::for_each(netdev_settings(), write);
    text_.section("WireGuard");
    std::ranges::for_each(device_settings(), write);
    text_.optional_section("X-Wgnl");
    std::ranges::for_each(extension_settings(), write);
    note_mode();
    for (const auto& peer : declared_.peers)
        write_peer(peer);
    written_.netdev = text_.take();
    write_network();
    return std::move(written_);
}

void NetdevWriter::leave_out(Severity severity, const Location& location, std::string text) {
    written_.not_expressible.push_back({severity, location, std::move(text)});
}

void NetdevWriter::leave_out_of_peer(const DeclaredPeer& peer, std::string_view what) {
    leave_out(Severity::warning, peer.location,
              fmt::format("peer {}: {}", peer.public_key.to_base64(), what));
    written_.not_expressible.back().peer = peer.public_key;
}

void NetdevWriter::write_private_key(std::string_view key) {
    if (declared_.private_key)
        return text_.secret(key, *declared_.private_key);
    leave_out(Severity::warning, declared_.location,
              "there is no private key to be written, and networkd takes no file without one: add "
              "PrivateKeyFile= to [WireGuard]");
}

void NetdevWriter::write_fwmark(std::string_view key) {
    if (network_.tunnel)
        text_.line(key, std::to_string(network_.tunnel->mark));
    else if (declared_.fwmark)
        text_.line(key, std::to_string(*declared_.fwmark));
}

void NetdevWriter::write_route_table(std::string_view key) {
    if (declared_.route_table.value_or(0) != 0)
        text_.line(key, std::to_string(*declared_.route_table));
}

void NetdevWriter::write_mode(std::string_view key) {
    if (declared_.mode == Mode::observe)
        text_.line(key, to_string(declared_.mode));
}

void NetdevWriter::write_private(std::string_view key) {
    if (declared_.is_private || !declared_.viewers.empty())
        text_.line(key, "yes");
    if (!declared_.viewers.empty())
        leave_out(Severity::note, declared_.location,
                  "its viewers are not written: root and group wgnl alone see the details");
}

void NetdevWriter::note_mode() {
    if (declared_.mode == Mode::own && owner_ == FolderOwner::networkd)
        leave_out(Severity::note, declared_.location,
                  "mode own is not written: in this folder systemd-networkd owns the device "
                  "(mode sync); in /etc/wgnl/network wgnl does");
    if (declared_.mode == Mode::sync && owner_ == FolderOwner::wgnl)
        leave_out(Severity::note, declared_.location,
                  "mode sync is not written: it is that of a file in /etc/systemd/network; "
                  "anywhere else wgnl owns the device (mode own)");
}

void NetdevWriter::write_peer(const DeclaredPeer& peer) {
    if (peer.kept_as_is)
        return leave_out_of_peer(peer, "its section has a mistake; it is left out");
    text_.section("WireGuardPeer");
    for (const auto& row : peer_settings())
        if (row.write != nullptr)
            (this->*row.write)(row.key, peer);
}

void NetdevWriter::write_name(std::string_view key, const DeclaredPeer& peer) {
    if (!survives(peer.name))
        leave_out_of_peer(peer, "its name would not be read back as it is; it is left out");
    else if (!peer.name.empty())
        text_.line(key, peer.name);
}

void NetdevWriter::write_public_key(std::string_view key, const DeclaredPeer& peer) {
    text_.line(key, peer.public_key.to_base64());
}

void NetdevWriter::write_preshared_key(std::string_view key, const DeclaredPeer& peer) {
    if (peer.preshared_key)
        text_.secret(key, *peer.preshared_key);
}

void NetdevWriter::write_preshared_key_owner(std::string_view key, const DeclaredPeer& peer) {
    if (peer.external_preshared_key)
        text_.line(key, "external");
}

void NetdevWriter::write_allowed_ips(std::string_view key, const DeclaredPeer& peer) {
    const auto& prefixes = peer.allowed_ips;
    for (std::size_t first = 0; first < prefixes.size(); first += prefixes_on_a_line) {
        const auto end = std::min(first + prefixes_on_a_line, prefixes.size());
        auto text = prefixes[first].to_string();
        for (auto at = first + 1; at < end; ++at)
            text += ", " + prefixes[at].to_string();
        text_.line(key, text);
    }
}

void NetdevWriter::write_endpoint(std::string_view key, const DeclaredPeer& peer) {
    if (!peer.endpoint)
        return;
    text_.line(key, *peer.endpoint);
    if (owner_ == FolderOwner::networkd && peer.endpoint->contains('%'))
        leave_out_of_peer(peer, "systemd-networkd takes no endpoint with an interface (\"%\"); "
                                "it will leave the peer out, wgnl adds it");
}

void NetdevWriter::write_routes(std::string_view key, const DeclaredPeer& peer) {
    const auto table = peer.route_table ? peer.route_table : declared_.route_table;
    const bool leads_around = network_.tunnel && has_wide_route(declared_, peer);
    const bool is_loop = !leads_around && table && is_general_table(*table) &&
                         std::ranges::any_of(peer.allowed_ips, is_wide);
    if (is_loop)
        note_loop(peer);
    if (is_loop || leads_around)
        add_narrow_routes(peer, *table);
    if (leads_around)
        text_.line(key, std::to_string(network_.tunnel->table));
    else if (is_loop || peer.route_table == 0U)
        text_.line(key, "off");
    else
        write_number<&DeclaredPeer::route_table>(key, peer);
    if (!peer.routes.empty())
        leave_out_of_peer(peer, "its routes are in several tables or have several metrics; they "
                                "are written with one");
}

void NetdevWriter::note_loop(const DeclaredPeer& peer) {
    leave_out_of_peer(
        peer, "a default route in the table that leads to its endpoint would cut the tunnel "
              "off: written with RouteTable=off, and its other routes in the .network "
              "file. Without Table= it has a table of its own, FirewallMark= and rules");
}

/// What is no default route stays where it was, though networkd makes routes of all of a peer in
/// one table, or none.
void NetdevWriter::add_narrow_routes(const DeclaredPeer& peer, std::uint32_t table) {
    const auto metric = peer.route_metric ? peer.route_metric : declared_.route_metric;
    for (const auto& prefix : peer.allowed_ips)
        if (!is_wide(prefix))
            network_.routes.push_back({prefix, table, metric.value_or(0)});
}

void NetdevWriter::note_names() {
    for (auto problem : network_.names.problems) {
        problem.severity = Severity::warning;
        problem.text += "; it is left out";
        written_.not_expressible.push_back(std::move(problem));
    }
    if (network_.answers_every_query())
        for (const auto& peer : declared_.peers)
            note_name_of_endpoint(peer);
}

/// Until there was a handshake nobody behind the tunnel can tell where it ends.
void NetdevWriter::note_name_of_endpoint(const DeclaredPeer& peer) {
    if (peer.kept_as_is || !peer.endpoint || peer.numeric_endpoint())
        return;
    const auto end = HostPort::parse(*peer.endpoint);
    if (!end)
        return;
    leave_out(
        Severity::warning, peer.location,
        fmt::format("every query goes into the tunnel (Domains=~.), that for its endpoint too, so "
                    "that it cannot come up at boot: add Domains=~{0} to the .network file of the "
                    "interface that leads to the Internet, where {0} is found without the tunnel",
                    excerpt(end->host)));
    written_.not_expressible.back().peer = peer.public_key;
}

void NetdevWriter::note_tunnel() {
    const bool is_written = network_.tunnel && network_.tunnel->origin == FullTunnel::Mark::written;
    if (is_written && taken_.contains(network_.tunnel->mark))
        leave_out(Severity::warning, declared_.location,
                  fmt::format("the mark {0} is also a mark or a table of another device's file: "
                              "their rules and routes would mix; choose another number",
                              network_.tunnel->mark));
    if (network_.tunnel && network_.tunnel->ipv4)
        leave_out(Severity::note, declared_.location,
                  "the interface that leads to the endpoint needs rp_filter 2, which is systemd's "
                  "default (IPv4ReversePathFilter=loose in its .network file), or 0: with 1 the "
                  "kernel drops what comes from the endpoint, since nothing here marks it, as a "
                  "firewall rule of wg-quick does; src_valid_mark alone does not help");
}

void NetdevWriter::write_network() {
    note_names();
    note_tunnel();
    if (network_.empty())
        return;
    if (!is_plain_pattern(declared_.device))
        return leave_out(Severity::warning, declared_.location,
                         "the addresses are left out, and routes, rules and name servers: [Match] "
                         "Name= of a .network file would take the device's name for a pattern");
    written_.network = network_text(network_);
}

WrittenNetdev to_netdev(const Declaration& declaration, FolderOwner owner,
                        const WriteOptions& options) {
    return NetdevWriter(declaration, owner, options).run();
}

} // namespace wgnl::networkd
