// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations and live devices as configuration text.
#include <wgnl/configuration.hpp>
#include <wgnl/text.hpp>

#include <algorithm>
#include <array>
#include <ranges>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "peer_names.hpp"
#include "text.hpp"
#include "values.hpp"
#include "values/key_text.hpp"
#include "values/wiping.hpp"

namespace wgnl {

namespace {

constexpr std::uint32_t table_main = 254;

/// Lines into one text, without a copy of a key in between.
class Lines {
public:
    void section(std::string_view name) {
        text_.append(text_.empty() ? "[" : "\n[");
        text_.append(name);
        text_.append("]\n");
    }
    void line(std::string_view key, std::string_view value) {
        begin(key);
        text_.append(value);
        text_.append('\n');
    }
    void key(std::string_view name, std::span<const std::uint8_t, key_size> bytes) {
        auto base64 = key_text(bytes);
        line(name, {base64.data(), key_text_size});
        wipe(base64.data(), base64.size());
    }
    template <typename Range> void list(std::string_view key, const Range& values) {
        if (values.empty()) {
            return;
        }
        begin(key);
        std::string_view separator;
        for (const auto& value : values) {
            text_.append(separator);
            text_.append(value.to_string());
            separator = ", ";
        }
        text_.append('\n');
    }
    void mark(std::uint32_t fwmark) {
        line("FwMark", fwmark == 0 ? "off" : fmt::format("{:#x}", fwmark));
    }
    void keepalive(std::uint16_t seconds) {
        line("PersistentKeepalive", seconds == 0 ? "off" : fmt::format("{}", seconds));
    }
    SecretText take() { return std::move(text_); }

private:
    void begin(std::string_view key) {
        text_.append(key);
        text_.append(" = ");
    }
    SecretText text_{};
};

/// Whether it is read back as the line that it is: one key of wg-quick's, one value.
bool is_other_line(const ConfigurationLine& line) {
    constexpr std::array<std::string_view, 6> keys{"DNS",     "PreUp",    "PostUp",
                                                   "PreDown", "PostDown", "SaveConfig"};
    const auto value = line.value.view();
    return std::ranges::find(keys, line.key) != keys.end() && trimmed(value) == value &&
           value.find_first_of(std::string_view("\n#\0", 3)) == std::string_view::npos;
}

/// Writes a declaration, and remembers what it could not write.
class DeclarationWriter {
public:
    DeclarationWriter(const Declaration& declaration, Dialect dialect,
                      std::span<const ConfigurationLine> others = {})
        : declaration_(declaration), dialect_(dialect), others_(others) {}

    WrittenConfiguration run() {
        write_device();
        write_quick_settings();
        for (const auto& line : others_) {
            write_other(line);
        }
        for (const auto& peer : declaration_.peers) {
            write_peer(peer);
        }
        written_.text = lines_.take();
        return std::move(written_);
    }

private:
    void leave_out(std::string_view where, std::string text) {
        written_.left_out.push_back({Severity::warning, std::string(where), std::move(text)});
    }
    void leave_out_of_device(bool present, std::string_view what) {
        if (present) {
            leave_out(declaration_.where, fmt::format("{} cannot be written", what));
        }
    }

    bool is_quick() const { return dialect_ == Dialect::wg_quick; }

    void write_device() {
        const auto& declared = declaration_;
        lines_.section("Interface");
        if (declared.listen_port) {
            lines_.line("ListenPort", fmt::format("{}", *declared.listen_port));
        }
        if (declared.fwmark) {
            lines_.mark(*declared.fwmark);
        }
        if (declared.private_key) {
            lines_.key("PrivateKey", declared.private_key->reveal());
        }
        leave_out_of_device(declared.mode == Mode::observe ||
                                (declared.mode == Mode::sync && is_quick()),
                            fmt::format("mode {}", to_string(declared.mode)));
        leave_out_of_device(declared.held, "a private key that could not be read");
        leave_out_of_device(declared.strict, "\"strict\"");
        leave_out_of_device(declared.keeps_peers, "a section that names nobody");
        leave_out_of_device(declared.is_private, "\"private\"");
        leave_out_of_device(!declared.viewers.empty(), "\"viewers\"");
        leave_out_of_device(declared.route_metric.has_value(), "the metric of routes");
    }

    void write_quick_settings() {
        if (!is_quick()) {
            const auto& table = declaration_.route_table;
            leave_out_of_device(!declaration_.addresses.empty(), "the device's addresses");
            leave_out_of_device(declaration_.mtu.has_value(), "the MTU");
            leave_out_of_device(table && *table != 0, "the routing table");
            return;
        }
        lines_.list("Address", declaration_.addresses);
        if (declaration_.mtu) {
            lines_.line("MTU", fmt::format("{}", *declaration_.mtu));
        }
        write_table();
    }

    void write_table() {
        const auto table = declaration_.route_table.value_or(0); // 0, as absent: no routes
        if (const auto written = table_as_written(table); !written.empty()) {
            lines_.line("Table", written);
        } else if (table != table_main) {
            lines_.line("Table", table == 0 ? "off" : fmt::format("{}", table));
        }
    }
    /// The last Table= of the others if it means this table; else, or without any, empty.
    std::string_view table_as_written(std::uint32_t table) const {
        for (const auto& line : others_ | std::views::reverse) {
            if (line.key == "Table") {
                const auto read = read_table(line.value.view());
                const bool same = read && (*read ? table != 0 && **read == table : table == 0);
                return same ? line.value.view() : std::string_view{};
            }
        }
        return {};
    }

    void write_other(const ConfigurationLine& line) {
        if (line.key == "Table" || line.value.empty()) {
            return;
        }
        if (!is_other_line(line)) {
            return leave_out(line.where, fmt::format("{} cannot be written as it is",
                                                     excerpt(printable(line.key))));
        }
        lines_.line(line.key, line.value.view());
    }

    void write_peer(const DeclaredPeer& peer) {
        if (peer.held) {
            return leave_out(peer.where, fmt::format("the peer {} is held for a mistake in its "
                                                     "section and is left out",
                                                     peer.public_key.to_base64()));
        }
        lines_.section("Peer");
        write_name(peer);
        lines_.key("PublicKey", peer.public_key.bytes());
        if (peer.preshared_key) {
            lines_.key("PresharedKey", peer.preshared_key->reveal());
        }
        lines_.list("AllowedIPs", peer.allowed_ips);
        if (peer.endpoint) {
            lines_.line("Endpoint", printable(*peer.endpoint));
        }
        if (peer.persistent_keepalive) {
            lines_.keepalive(*peer.persistent_keepalive);
        }
        if (peer.external_preshared_key) {
            leave_out(peer.where, fmt::format("that someone else sets the preshared key of the "
                                              "peer {} cannot be written",
                                              peer.public_key.to_base64()));
        }
        if (peer.route_table || peer.route_metric || !peer.routes.empty()) {
            leave_out(peer.where, fmt::format("the route table and metric of the peer {} cannot be "
                                              "written",
                                              peer.public_key.to_base64()));
        }
    }

    void write_name(const DeclaredPeer& peer) {
        if (peer.name.empty()) {
            return;
        }
        const auto comment = "friendly_name = " + printable(peer.name);
        if (tagged_name(comment) != peer.name) {
            leave_out(peer.where, fmt::format("the name of the peer {} would not be read back as "
                                              "it is; it is left out",
                                              peer.public_key.to_base64()));
            return;
        }
        lines_.line("# friendly_name", peer.name);
    }

    const Declaration& declaration_;
    Dialect dialect_;
    std::span<const ConfigurationLine> others_;
    Lines lines_{};
    WrittenConfiguration written_{};
};

void write_live_peer(Lines& lines, const Peer& peer) {
    lines.section("Peer");
    lines.key("PublicKey", peer.public_key.bytes());
    if (peer.preshared_key) {
        lines.key("PresharedKey", peer.preshared_key->reveal());
    }
    lines.list("AllowedIPs", peer.allowed_ips);
    if (peer.endpoint) {
        lines.line("Endpoint", peer.endpoint->to_string());
    }
    if (peer.persistent_keepalive != 0) {
        lines.keepalive(peer.persistent_keepalive);
    }
}

} // namespace

WrittenConfiguration to_configuration(const Declaration& declaration, Dialect dialect) {
    const StackWiper wiper;
    return DeclarationWriter(declaration, dialect).run();
}

WrittenConfiguration to_configuration(const Declaration& declaration,
                                      std::span<const ConfigurationLine> others) {
    const StackWiper wiper;
    return DeclarationWriter(declaration, Dialect::wg_quick, others).run();
}

SecretText to_configuration(const Device& device) {
    const StackWiper wiper;
    Lines lines;
    lines.section("Interface");
    if (device.listen_port != 0) {
        lines.line("ListenPort", fmt::format("{}", device.listen_port));
    }
    if (device.fwmark != 0) {
        lines.mark(device.fwmark);
    }
    if (device.private_key) {
        lines.key("PrivateKey", device.private_key->reveal());
    }
    for (const auto& peer : device.peers) {
        write_live_peer(lines, peer);
    }
    auto text = lines.take();
    if (device.peers.empty()) {
        text.append('\n'); // as wg prints it
    }
    return text;
}

} // namespace wgnl
