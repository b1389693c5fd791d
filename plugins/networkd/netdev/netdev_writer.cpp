// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations as .netdev and .network text, and a word on whatever those cannot say.
#include "networkd/netdev/netdev_writer.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "networkd/files/text.hpp"

namespace wgnl::networkd {
namespace {

/// Prefixes on one line: few enough to be read, and far below systemd's longest line.
constexpr std::size_t prefixes_on_a_line = 8;

/// The tables that every packet is looked up in: default, main, local.
constexpr std::uint32_t first_general_table = 253;
constexpr std::uint32_t last_general_table = 255;
constexpr std::uint32_t main_table = 254;

/// All of a family, or a half of it, which is how some write a default route.
bool is_wide(const AllowedIp& prefix) { return prefix.prefix_length <= 1; }

class Lines {
public:
    void section(std::string_view name) {
        text_.append(text_.empty() ? "[" : "\n[");
        text_.append(name);
        text_.append("]\n");
    }
    void line(std::string_view key, std::string_view value) {
        text_.append(key);
        text_.append('=');
        text_.append(value);
        text_.append('\n');
    }
    template <typename Number> void number(std::string_view key, const Number& value) {
        if (value)
            line(key, std::to_string(*value));
    }
    template <typename Key> void secret(std::string_view key, const Key& value) {
        if (!value)
            return;
        auto text = value->reveal_base64();
        line(key, text);
        wipe(text);
    }
    SecretText take() { return std::move(text_); }

private:
    SecretText text_{};
};

/// Whether a value comes back as it is: no blanks at its ends, nothing that joins two lines.
bool survives(const std::string& value) {
    return is_utf8(value) && printable(value) == value && trimmed(value, whitespace) == value &&
           !value.ends_with('\\');
}

/// Whether [Match] Name=, a list of patterns, means this device and no other.
bool is_plain_pattern(std::string_view device) {
    return survives(std::string(device)) && device.find_first_of("*?[]!\\\"' ") == device.npos;
}

bool is_general(std::optional<std::uint32_t> table) {
    return table && *table >= first_general_table && *table <= last_general_table;
}

class NetdevWriter {
public:
    NetdevWriter(const Declaration& declaration, Place place)
        : declared_(declaration), place_(place) {}

    WrittenNetdev run() {
        write_device();
        write_extension();
        for (const auto& peer : declared_.peers)
            write_peer(peer);
        written_.netdev = lines_.take();
        write_network();
        return std::move(written_);
    }

private:
    void leave_out(Severity severity, std::string_view where, std::string text) {
        written_.left_out.push_back({severity, std::string(where), std::move(text)});
    }
    void leave_out_of_peer(const DeclaredPeer& peer, std::string_view what) {
        leave_out(Severity::warning, peer.where,
                  fmt::format("peer {}: {}", peer.public_key.to_base64(), what));
    }

    void write_device() {
        lines_.section("NetDev");
        lines_.line("Name", declared_.device);
        lines_.line("Kind", "wireguard");
        lines_.number("MTUBytes", declared_.mtu);
        lines_.section("WireGuard");
        lines_.secret("PrivateKey", declared_.private_key);
        lines_.number("ListenPort", declared_.listen_port);
        lines_.number("FirewallMark", declared_.fwmark);
        if (declared_.route_table.value_or(0) != 0)
            lines_.number("RouteTable", declared_.route_table);
        lines_.number("RouteMetric", declared_.route_metric);
        if (!declared_.private_key)
            leave_out(Severity::warning, declared_.where,
                      "there is no private key to be written, and networkd takes no file without "
                      "one: add PrivateKeyFile= to [WireGuard]");
    }

    void write_extension() {
        const bool is_private = declared_.is_private || !declared_.viewers.empty();
        if (declared_.mode == Mode::observe || declared_.strict || is_private)
            lines_.section("X-Wgnl");
        if (declared_.mode == Mode::observe)
            lines_.line("Mode", "observe");
        if (declared_.strict)
            lines_.line("Strict", "yes");
        if (is_private)
            lines_.line("Private", "yes");
        if (!declared_.viewers.empty())
            leave_out(Severity::note, declared_.where,
                      "its viewers are not written: root and group wgnl alone see the details");
        if (declared_.mode == Mode::own && place_ == Place::networkd)
            leave_out(Severity::note, declared_.where,
                      "mode own is not written: in this folder systemd-networkd owns the device "
                      "(mode sync); in /etc/wgnl/network wgnl does");
        if (declared_.mode == Mode::sync && place_ == Place::wgnl)
            leave_out(Severity::note, declared_.where,
                      "mode sync is not written: it is that of a file in /etc/systemd/network; "
                      "anywhere else wgnl owns the device (mode own)");
    }

    void write_peer(const DeclaredPeer& peer) {
        if (peer.held)
            return leave_out_of_peer(peer, "held for a mistake in its section, and left out");
        lines_.section("WireGuardPeer");
        write_name(peer);
        lines_.line("PublicKey", peer.public_key.to_base64());
        lines_.secret("PresharedKey", peer.preshared_key);
        if (peer.external_preshared_key)
            lines_.line("X-PresharedKey", "external");
        write_prefixes(peer);
        write_endpoint(peer);
        lines_.number("PersistentKeepalive", peer.persistent_keepalive);
        write_routes(peer);
    }

    void write_name(const DeclaredPeer& peer) {
        if (!survives(peer.name))
            leave_out_of_peer(peer, "its name would not be read back as it is; it is left out");
        else if (!peer.name.empty())
            lines_.line("X-Name", peer.name);
    }

    void write_prefixes(const DeclaredPeer& peer) {
        const auto& prefixes = peer.allowed_ips;
        for (std::size_t first = 0; first < prefixes.size(); first += prefixes_on_a_line) {
            const auto end = std::min(first + prefixes_on_a_line, prefixes.size());
            auto text = prefixes[first].to_string();
            for (auto at = first + 1; at < end; ++at)
                text += ", " + prefixes[at].to_string();
            lines_.line("AllowedIPs", text);
        }
    }

    void write_endpoint(const DeclaredPeer& peer) {
        if (!peer.endpoint)
            return;
        lines_.line("Endpoint", *peer.endpoint);
        if (place_ == Place::networkd && peer.endpoint->contains('%'))
            leave_out_of_peer(peer, "systemd-networkd takes no endpoint with an interface (\"%\"); "
                                    "it will leave the peer out, wgnl adds it");
    }

    void write_routes(const DeclaredPeer& peer) {
        const auto table = peer.route_table ? peer.route_table : declared_.route_table;
        const bool is_loop = std::ranges::any_of(peer.allowed_ips, is_wide) && is_general(table);
        if (is_loop)
            leave_out_of_peer(
                peer, "a default route in the table that leads to its endpoint would cut "
                      "the tunnel off: written with RouteTable=off, and its other routes in the "
                      ".network file. What wg-quick does is a "
                      "table of its own, FirewallMark= and [RoutingPolicyRule] in .network");
        if (is_loop)
            write_narrow_routes(peer, *table);
        if (is_loop || peer.route_table == 0U)
            lines_.line("RouteTable", "off");
        else
            lines_.number("RouteTable", peer.route_table);
        lines_.number("RouteMetric", peer.route_metric);
        if (!peer.routes.empty())
            leave_out_of_peer(peer, "its routes are in several tables or have several metrics; "
                                    "they are written with one");
    }

    /// What is no default route stays one, though networkd makes routes of all of a peer or none.
    void write_narrow_routes(const DeclaredPeer& peer, std::uint32_t table) {
        const auto metric = peer.route_metric ? peer.route_metric : declared_.route_metric;
        for (const auto& prefix : peer.allowed_ips) {
            if (is_wide(prefix))
                continue;
            routes_ += fmt::format("\n[Route]\nDestination={}\n", prefix.to_string());
            if (table != main_table)
                routes_ += fmt::format("Table={}\n", table);
            if (metric)
                routes_ += fmt::format("Metric={}\n", *metric);
        }
    }

    void write_network() {
        if (declared_.addresses.empty() && routes_.empty())
            return;
        if (!is_plain_pattern(declared_.device))
            return leave_out(Severity::warning, declared_.where,
                             "the addresses are left out, and the routes: [Match] Name= of a "
                             ".network file would "
                             "take the device's name for a pattern");
        written_.network = fmt::format("[Match]\nName={}\n\n[Network]\n", declared_.device);
        for (const auto& address : declared_.addresses)
            written_.network += fmt::format("Address={}\n", address.to_string());
        written_.network += routes_;
    }

    const Declaration& declared_;
    Place place_;
    Lines lines_{};
    std::string routes_{}; ///< of the .network file
    WrittenNetdev written_{};
};

} // namespace

WrittenNetdev to_netdev(const Declaration& declaration, Place place) {
    return NetdevWriter(declaration, place).run();
}

} // namespace wgnl::networkd
