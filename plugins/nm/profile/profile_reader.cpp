// SPDX-License-Identifier: LGPL-2.1-or-later
// The device's part of a profile, and what a declaration has no place for.
#include "nm/profile/profile_reader.hpp"

#include <utility>

#include <fmt/format.h>

#include <wgnl/device.hpp>
#include <wgnl/text.hpp>

#include "nm/profile/glib.hpp"
#include "nm/profile/peer_reader.hpp"

namespace wgnl::nm {
namespace {

/// NetworkManager's own marks for full tunnels: 51820 + hash % 500.
constexpr std::uint32_t first_own_mark = 51820;
constexpr std::uint32_t own_marks = 500;

/// What the profile keeps of wgnl's, or empty.
std::string_view user_data(NMConnection* profile, const char* key) {
    auto* user = nm_connection_get_setting(profile, NM_TYPE_SETTING_USER);
    return user == nullptr ? "" : view(nm_setting_user_get_data(NM_SETTING_USER(user), key));
}

/// Whether a user may be called so; NetworkManager takes any text.
bool is_user_name(std::string_view text) {
    constexpr std::size_t longest = 256; // Linux' LOGIN_NAME_MAX
    return !text.empty() && text.size() <= longest && is_printable(text);
}

class ProfileReader {
public:
    ProfileReader(NMConnection* profile, NMSettingWireGuard* wireguard, const ReadOptions& options)
        : routes_(profile, wireguard), context_{profile, wireguard, options, routes_, problems_} {}

    Declaration run() {
        declaration_.device = view(nm_connection_get_interface_name(context_.profile));
        declaration_.location = {printable(location_in(context_.profile))};
        read_mode();
        read_switch(strict_key, declaration_.strict);
        read_switch(private_key, declaration_.is_private);
        read_permissions();
        read_private_key();
        if (auto port = nm_setting_wireguard_get_listen_port(context_.wireguard); port != 0)
            declaration_.listen_port = port;
        read_mark();
        read_routes();
        declaration_.peers = read_peers(context_, own_key());
        declaration_.problems = problems_.take();
        return std::move(declaration_);
    }

private:
    void say(Severity severity, std::string_view setting, std::string_view text) {
        problems_.add({.severity = severity,
                       .location = {location_in(context_.profile, setting)},
                       .text = std::string(text),
                       .key = std::string(setting)});
    }

    void keep_as_it_is(std::string_view setting, std::string_view text) {
        say(Severity::error, setting, fmt::format("{}; the device is left as it is", text));
        declaration_.kept_as_is = true;
    }

    void read_mode() {
        auto text = user_data(context_.profile, mode_key);
        auto mode = text.empty() ? Mode::sync : parse_mode(text);
        if (mode && *mode != Mode::own) {
            declaration_.mode = *mode;
            return;
        }
        // The safe reading of an unreadable wish is the one that writes nothing.
        keep_as_it_is(
            fmt::format("user.data {}", mode_key),
            mode ? std::string("a device of NetworkManager's cannot be \"own\": write \"sync\" or "
                               "\"observe\", or declare it in /etc/wgnl/network and delete the "
                               "profile")
                 : fmt::format("\"{}\" is neither \"sync\" nor \"observe\"", text));
    }

    void read_switch(const char* key, bool& value) {
        auto text = user_data(context_.profile, key);
        if (text.empty() || text == "yes" || text == "no")
            value = text == "yes";
        else
            say(Severity::error, fmt::format("user.data {}", key),
                fmt::format("\"{}\" is neither \"yes\" nor \"no\"; it is ignored", text));
    }

    /// NetworkManager shows a profile with permissions to root and these users alone. A permission
    /// of a kind that is not known yet opens it to nobody.
    void read_permissions() {
        auto* connection = nm_connection_get_setting_connection(context_.profile);
        const auto count =
            connection == nullptr ? 0 : nm_setting_connection_get_num_permissions(connection);
        for (guint32 i = 0; i < count; ++i) {
            const char* kind = nullptr;
            const char* user = nullptr;
            declaration_.is_private = true;
            if (nm_setting_connection_get_permission(connection, i, &kind, &user, nullptr) != 0 &&
                view(kind) == "user" && is_user_name(view(user)))
                declaration_.viewers.emplace_back(view(user));
        }
    }

    void read_private_key() {
        auto text = view(nm_setting_wireguard_get_private_key(context_.wireguard));
        if (text.empty())
            return miss_private_key();
        auto key = PrivateKey::parse(text);
        if (!key || key->is_zero())
            return keep_as_it_is(
                "wireguard.private-key",
                fmt::format("the private key {}",
                            key ? "is all zero" : "is no key: " + key.error().detail()));
        declaration_.private_key = std::move(*key);
    }

    void miss_private_key() {
        if (!context_.options.tell_missing_keys)
            return;
        auto flags = nm_setting_wireguard_get_private_key_flags(context_.wireguard);
        const auto& failure = context_.options.secrets_failure;
        std::string why = "the profile has none";
        std::string what = "set one by an editor of connections";
        if (!failure.empty()) {
            why = failure;
            what = "\"systemctl restart wgnl-nm\" asks again";
        } else if (flags != NM_SETTING_SECRET_FLAG_NONE) {
            why = (flags & NM_SETTING_SECRET_FLAG_AGENT_OWNED) != 0
                      ? "private-key-flags says that the user's session keeps it"
                      : "private-key-flags says that it is not saved";
            what = fmt::format("\"nmcli connection modify {} wireguard.private-key-flags 0 "
                               "wireguard.private-key KEY\" stores it",
                               view(nm_connection_get_uuid(context_.profile)));
        }
        say(Severity::warning, "wireguard.private-key",
            fmt::format("the private key cannot be read ({}), so the one in use is left alone{}; "
                        "{}",
                        why,
                        hides_stored_keys(context_.wireguard)
                            ? ", and NetworkManager gives no preshared key without it"
                            : "",
                        what));
    }

    /// The mark of a full tunnel belongs to NetworkManager's rules and table: while they stand it
    /// is declared as it is.
    void read_mark() {
        auto wanted = nm_setting_wireguard_get_fwmark(context_.wireguard);
        auto& mark = declaration_.fwmark;
        const auto& live = context_.options.live_fwmark;
        const auto full_tunnel = routes_.full_tunnel();
        if (!live) {
            if (!full_tunnel.any() || wanted != 0)
                mark = wanted;
        } else if (full_tunnel.any()) {
            if (*live != 0)
                mark = live;
            if (*live == 0 || (wanted != 0 && wanted != *live) ||
                context_.options.set_up.value_or(full_tunnel) != full_tunnel)
                say_incomplete("the default route through the tunnel, with its mark and rules, is "
                               "not as the profile says");
        } else if (wanted == 0 && *live >= first_own_mark && *live - first_own_mark < own_marks) {
            mark = live;
            say_incomplete("NetworkManager's rules for a default route through the tunnel are "
                           "still there, and their mark with them");
        } else {
            mark = wanted;
        }
    }

    void say_incomplete(std::string_view state) {
        say(Severity::warning, "wireguard.fwmark",
            fmt::format("{}, and only NetworkManager can change that: \"nmcli connection up {}\" "
                        "completes it",
                        state, view(nm_connection_get_uuid(context_.profile))));
    }

    void read_routes() {
        if (auto target = routes_.common()) {
            declaration_.route_table = target->table;
            declaration_.route_metric = target->metric;
        }
    }

    std::optional<PublicKey> own_key() const {
        if (!declaration_.private_key)
            return std::nullopt;
        return public_key_of(*declaration_.private_key);
    }

    PeerRoutes routes_;
    adapter::BoundedProblems problems_{};
    ProfileContext context_;
    Declaration declaration_{};
};

void read_addresses(NMSettingIPConfig* ip, ReadProfile& profile) {
    for (guint i = 0; i < nm_setting_ip_config_get_num_addresses(ip); ++i) {
        auto* from = nm_setting_ip_config_get_address(ip, static_cast<int>(i));
        auto address = IpAddress::parse(view(nm_ip_address_get_address(from)));
        if (address)
            profile.addresses.push_back(
                {*address, static_cast<std::uint8_t>(nm_ip_address_get_prefix(from))});
    }
}

void read_dns(NMSettingIPConfig* ip, ReadProfile& profile) {
    for (guint i = 0; i < nm_setting_ip_config_get_num_dns(ip); ++i)
        profile.dns.emplace_back(view(nm_setting_ip_config_get_dns(ip, static_cast<int>(i))));
    for (guint i = 0; i < nm_setting_ip_config_get_num_dns_searches(ip); ++i)
        profile.dns_search.emplace_back(
            view(nm_setting_ip_config_get_dns_search(ip, static_cast<int>(i))));
}

void leave_out(NMConnection* connection, NMSettingIPConfig* ip, ReadProfile& profile) {
    auto name = view(nm_setting_get_name(NM_SETTING(ip)));
    auto note = [&](std::string_view property, std::string_view what) {
        profile.not_expressible.push_back(
            {.severity = Severity::note,
             .location = {printable(location_in(connection, fmt::format("{}.{}", name, property)))},
             .text = printable(fmt::format("{} left out", what)),
             .key = fmt::format("{}.{}", name, property)});
    };
    if (auto gateway = view(nm_setting_ip_config_get_gateway(ip)); !gateway.empty())
        note("gateway", fmt::format("the gateway {} is", gateway));
    if (auto routes = nm_setting_ip_config_get_num_routes(ip); routes != 0)
        note("routes", fmt::format("static routes ({}) are", routes));
    if (auto rules = nm_setting_ip_config_get_num_routing_rules(ip); rules != 0)
        note("routing-rules", fmt::format("routing rules ({}) are", rules));
}

void read_ip(NMConnection* connection, NMSettingIPConfig* ip, ReadProfile& profile) {
    if (ip == nullptr)
        return;
    read_addresses(ip, profile);
    read_dns(ip, profile);
    leave_out(connection, ip, profile);
}

/// As `Table=` says it: only a table that the profile names is a number.
std::optional<std::uint32_t> route_table_of(NMConnection* profile, NMSettingWireGuard* wireguard) {
    if (nm_setting_wireguard_get_peer_routes(wireguard) == 0)
        return 0;
    for (auto* ip : {nm_connection_get_setting_ip4_config(profile),
                     nm_connection_get_setting_ip6_config(profile)})
        if (ip != nullptr && nm_setting_ip_config_get_route_table(ip) != 0)
            return nm_setting_ip_config_get_route_table(ip);
    return std::nullopt;
}

NMSettingWireGuard* wireguard_of(NMConnection* profile) {
    auto* setting = nm_connection_get_setting(profile, NM_TYPE_SETTING_WIREGUARD);
    return setting == nullptr ? nullptr : NM_SETTING_WIREGUARD(setting);
}

/// Why the profile declares nothing; empty: it declares.
std::string obstacle(NMConnection* profile) {
    if (wireguard_of(profile) == nullptr)
        return "this is no WireGuard profile";
    if (auto named = check_device_name(view(nm_connection_get_interface_name(profile))); !named)
        return fmt::format("connection.interface-name is of no use: {}; nothing is declared",
                           named.error().detail());
    return {};
}

} // namespace

std::string location_in(NMConnection* profile, std::string_view setting) {
    auto whole = fmt::format("{} ({})", view(nm_connection_get_id(profile)),
                             view(nm_connection_get_uuid(profile)));
    return setting.empty() ? whole : fmt::format("{}: {}", whole, setting);
}

bool wants_private(NMConnection* profile) { return user_data(profile, private_key) == "yes"; }

ReadProfile declaration_of(NMConnection* profile, const ReadOptions& options) {
    ReadProfile read;
    read.id = view(nm_connection_get_id(profile));
    read.uuid = view(nm_connection_get_uuid(profile));
    if (auto why = obstacle(profile); !why.empty()) {
        read.problems.push_back(
            {Severity::error, {printable(location_in(profile))}, printable(why)});
        hide_keys(read.problems);
        return read;
    }
    auto* wireguard = wireguard_of(profile);
    read.declaration = ProfileReader(profile, wireguard, options).run();
    read.full_tunnel = PeerRoutes(profile, wireguard).full_tunnel();
    if (auto mtu = nm_setting_wireguard_get_mtu(wireguard); mtu != 0)
        read.mtu = mtu;
    read_ip(profile, nm_connection_get_setting_ip4_config(profile), read);
    read_ip(profile, nm_connection_get_setting_ip6_config(profile), read);
    read.route_table = route_table_of(profile, wireguard);
    hide_keys(*read.declaration);
    return read;
}

} // namespace wgnl::nm
