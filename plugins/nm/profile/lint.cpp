// SPDX-License-Identifier: LGPL-2.1-or-later
// One function for each thing that goes wrong: what, why, and what to do about it.
#include "nm/profile/lint.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include <wgnl/address.hpp>

#include "nm/profile/glib.hpp"
#include "nm/profile/peer_routes.hpp"
#include "nm/profile/profile_writer.hpp"

namespace wgnl::nm {
namespace {

/// Bytes that WireGuard adds to a packet that goes out over IPv6.
constexpr std::uint32_t overhead = 80;
/// The kernel's for a device that nobody gave one.
constexpr std::uint32_t default_mtu = 1420;
/// What the editor of GNOME 44 to 48 saves where a profile has no port.
constexpr std::uint16_t port_of_gnome = 51820;
/// From here on NetworkManager marks the packets of a full tunnel itself.
constexpr unsigned marks_packets = 1052;

class Linter {
public:
    Linter(NMConnection* profile, NMSettingWireGuard* wireguard, const SettingLocator& locate,
           const LintHost& host)
        : profile_(profile), wireguard_(wireguard), locate_(locate), host_(host) {}

    std::vector<Problem> run() {
        look_at_private_key_flags();
        look_at_autoconnect();
        look_at_import();
        look_at_listen_port();
        look_at_peer_routes();
        look_at_mtu();
        look_at_rp_filter();
        for (guint i = 0; i < nm_setting_wireguard_get_peers_len(wireguard_); ++i)
            look_at_peer(nm_setting_wireguard_get_peer(wireguard_, i));
        return std::move(found_);
    }

private:
    void say(Severity severity, std::string_view group, std::string_view key,
             std::string_view text) {
        found_.push_back({.severity = severity,
                          .location = locate_(group, key),
                          .text = printable(text),
                          .key = std::string(key)});
    }
    void say(Severity severity, std::string_view key, std::string_view text) {
        say(severity, NM_SETTING_WIREGUARD_SETTING_NAME, key, text);
    }

    /// How to change a setting, where it is: the command, or the line of the file.
    std::string change(std::string_view group, std::string_view key, std::string_view value,
                       std::string_view in_file = {}) const {
        if (host_.has_profile)
            return fmt::format("nmcli connection modify {} {}.{} {}",
                               view(nm_connection_get_uuid(profile_)), group, key, value);
        return fmt::format("write {}={} in [{}]", key, in_file.empty() ? value : in_file, group);
    }

    void look_at_private_key_flags() {
        const auto flags = nm_setting_wireguard_get_private_key_flags(wireguard_);
        if (flags == NM_SETTING_SECRET_FLAG_NONE)
            return;
        const bool session = (flags & NM_SETTING_SECRET_FLAG_AGENT_OWNED) != 0;
        say(Severity::warning, NM_SETTING_WIREGUARD_PRIVATE_KEY_FLAGS,
            fmt::format("private-key-flags={}: the private key is {}, so that the tunnel does not "
                        "start at boot, and GNOME Shell cannot ask for it; {}",
                        static_cast<unsigned>(flags),
                        session ? "with the user's session" : "not saved",
                        change("wireguard", "private-key-flags",
                               host_.has_profile ? "0 wireguard.private-key KEY" : "0")));
    }

    void look_at_autoconnect() {
        auto* const connection = nm_connection_get_setting_connection(profile_);
        if (connection && nm_setting_connection_get_autoconnect(connection) != FALSE)
            say(Severity::note, "connection", "autoconnect",
                fmt::format(
                    "autoconnect is on, as it is unless a profile says no: the tunnel comes "
                    "up at once and at every boot; if that is not meant: {}",
                    change("connection", "autoconnect", "no", "false")));
    }

    /// Who imported it in a user interface may never have read what was left out.
    void look_at_import() {
        auto* const user = reinterpret_cast<NMSettingUser*>(
            nm_connection_get_setting(profile_, NM_TYPE_SETTING_USER));
        const auto* const lines = user ? nm_setting_user_get_data(user, left_out_key) : nullptr;
        if (lines != nullptr)
            say(Severity::note, "user", left_out_key,
                fmt::format("the profile was imported without these lines, which NetworkManager "
                            "does not carry out: {}",
                            lines));
    }

    void look_at_listen_port() {
        const auto port = nm_setting_wireguard_get_listen_port(wireguard_);
        if (port == 0)
            return;
        for (const auto& other : host_.other_profiles)
            if (other.listen_port == port)
                say(Severity::warning, "listen-port",
                    fmt::format("listen-port={} is also that of the profile {} ({}): only one of "
                                "them can be up; give one another port, or none: {}",
                                port, other.id, other.uuid,
                                change("wireguard", "listen-port", "0")));
        if (port == port_of_gnome)
            say(Severity::note, "listen-port",
                fmt::format("listen-port={} is what the editor of GNOME 44 to 48 saves where there "
                            "was no port; if nobody connects to this machine: {}",
                            port, change("wireguard", "listen-port", "0")));
    }

    void look_at_peer_routes() {
        if (nm_setting_wireguard_get_peer_routes(wireguard_) == FALSE)
            say(Severity::note, "peer-routes",
                "peer-routes is off: no routes to the peers' allowed IPs are set. The editor of "
                "GNOME 44 to 48 shows the switch and does not save it; nmcli does");
    }

    /// The least that the ways to the endpoints leave for a packet inside the tunnel.
    std::optional<std::uint32_t> room() const {
        std::optional<std::uint32_t> least;
        for (const auto& [endpoint, mtu] : host_.route_mtu)
            least = std::min(least.value_or(mtu), mtu);
        return least && *least > overhead ? std::optional(*least - overhead) : std::nullopt;
    }

    void look_at_mtu() {
        const auto written = nm_setting_wireguard_get_mtu(wireguard_);
        const auto mtu = written == 0 ? default_mtu : written;
        const auto room_for = room();
        const auto how =
            change("wireguard", "mtu", fmt::format("{}", room_for.value_or(default_mtu)));
        if (room_for && mtu > *room_for)
            say(Severity::warning, "mtu",
                fmt::format("an MTU of {}{} does not fit through the way to an endpoint, which "
                            "leaves {}: large packets are lost or cut in pieces; {}",
                            mtu, written == 0 ? " (that of the kernel)" : "", *room_for, how));
        else if (!room_for && mtu > default_mtu)
            say(Severity::note, "mtu",
                fmt::format(
                    "mtu={} is more than {}, which is what fits into packets of 1500 bytes; "
                    "right only where every link on the way takes larger ones; else: {}",
                    mtu, default_mtu, how));
        else if (mtu < smallest_ipv6_mtu && !is_off(nm_connection_get_setting_ip6_config(profile_)))
            say(Severity::warning, "mtu",
                fmt::format("mtu={} is less than {}, with which the kernel switches IPv6 off for "
                            "the device; {}",
                            mtu, smallest_ipv6_mtu, change("wireguard", "mtu", "1280")));
    }

    void look_at_rp_filter() {
        if (!host_.strict_rp_filter || host_.src_valid_mark || !host_.version ||
            !PeerRoutes(profile_, wireguard_).full_tunnel().v4 || *host_.version >= marks_packets)
            return;
        say(Severity::warning, "peers",
            fmt::format(
                "all IPv4 traffic goes through the tunnel, rp_filter is strict and "
                "NetworkManager {}.{} does not mark what comes back (1.52 does), so that the "
                "kernel drops the answers of the endpoint; sysctl "
                "net.ipv4.conf.all.src_valid_mark=1",
                *host_.version / 1000, *host_.version % 1000));
    }

    void look_at_peer(NMWireGuardPeer* peer) {
        look_at_preshared_key(peer);
        look_at_endpoint(peer);
        look_at_allowed_ips(peer);
    }

    void say_of(NMWireGuardPeer* peer, Severity severity, std::string_view key,
                std::string_view text) {
        const auto name = view(nm_wireguard_peer_get_public_key(peer));
        say(severity, peer_group(name), key, text);
        if (const auto public_key = PublicKey::parse(name))
            found_.back().peer = *public_key;
    }

    void look_at_preshared_key(NMWireGuardPeer* peer) {
        const auto flags = nm_wireguard_peer_get_preshared_key_flags(peer);
        const bool has_key = !view(nm_wireguard_peer_get_preshared_key(peer)).empty();
        const bool unrequired = (flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED) != 0;
        if (flags == NM_SETTING_SECRET_FLAG_NONE || (unrequired && !has_key))
            return;
        say_of(peer, Severity::warning, NM_WIREGUARD_PEER_ATTR_PRESHARED_KEY_FLAGS,
               unrequired
                   ? "there is a preshared key, and preshared-key-flags=4, which also is the "
                     "default: NetworkManager neither keeps the key nor uses it, and no handshake "
                     "completes; write preshared-key-flags=0 below preshared-key="
                   : fmt::format("preshared-key-flags={}: the preshared key is not in the profile, "
                                 "GNOME Shell cannot ask for it, and the peer is left out without "
                                 "it; write preshared-key-flags=0 and preshared-key=",
                                 static_cast<unsigned>(flags)));
    }

    void look_at_endpoint(NMWireGuardPeer* peer) {
        if (view(nm_wireguard_peer_get_endpoint(peer)).empty())
            say_of(
                peer, Severity::note, NM_WIREGUARD_PEER_ATTR_ENDPOINT,
                "the peer has no endpoint, which is right for one that connects to this machine; "
                "the editor of GNOME 44 to 48 shows \"Unknown\" there and then cannot save the "
                "peer: use nm-connection-editor or nmtui for it");
    }

    void look_at_allowed_ips(NMWireGuardPeer* peer) {
        std::set<std::string> seen;
        for (guint i = 0; i < nm_wireguard_peer_get_allowed_ips_len(peer); ++i) {
            const auto text = view(nm_wireguard_peer_get_allowed_ip(peer, i, nullptr));
            const auto prefix = AllowedIp::parse(text);
            if (prefix && prefix->had_host_bits)
                say_of(peer, Severity::note, NM_WIREGUARD_PEER_ATTR_ALLOWED_IPS,
                       fmt::format("{} of allowed-ips is taken as {}", text,
                                   prefix->value.to_string()));
            if (prefix && !seen.insert(prefix->value.to_string()).second)
                say_of(peer, Severity::warning, NM_WIREGUARD_PEER_ATTR_ALLOWED_IPS,
                       fmt::format("{} stands twice in allowed-ips of this peer; remove one",
                                   prefix->value.to_string()));
        }
    }

    NMConnection* profile_;
    NMSettingWireGuard* wireguard_;
    const SettingLocator& locate_;
    const LintHost& host_;
    std::vector<Problem> found_{};
};

} // namespace

std::vector<Problem> lint(NMConnection* profile, const SettingLocator& locate,
                          const LintHost& host) {
    auto* const setting = nm_connection_get_setting(profile, NM_TYPE_SETTING_WIREGUARD);
    return setting == nullptr ? std::vector<Problem>{}
                              : Linter(profile, NM_SETTING_WIREGUARD(setting), locate, host).run();
}

} // namespace wgnl::nm
