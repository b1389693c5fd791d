// SPDX-License-Identifier: LGPL-2.1-or-later
// Every property that is not at its default, but for those that are carried over.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "nm/profile/glib.hpp"
#include "nm/profile/portable.hpp"
#include "nm/profile/profile_writer.hpp"

namespace wgnl::nm {
namespace {

/// "setting.property" of what is carried over, or says nothing by itself.
constexpr std::array<std::string_view, 23> carried{"connection.id",
                                                   "connection.interface-name",
                                                   "connection.timestamp",
                                                   "connection.type",
                                                   "connection.uuid",
                                                   "ipv4.addresses",
                                                   "ipv4.dns",
                                                   "ipv4.dns-search",
                                                   "ipv4.route-table",
                                                   "ipv6.addr-gen-mode",
                                                   "ipv6.addresses",
                                                   "ipv6.dns",
                                                   "ipv6.dns-search",
                                                   "ipv6.route-table",
                                                   "wireguard.fwmark",
                                                   "wireguard.listen-port",
                                                   "wireguard.mtu",
                                                   "wireguard.peer-routes",
                                                   "wireguard.peers",
                                                   "wireguard.private-key",
                                                   "wireguard.private-key-flags",
                                                   "connection.autoconnect",
                                                   "user.data"};
/// Keys of user.data that become members of the declaration.
constexpr std::array<std::string_view, 3> declared{mode_key, strict_key, private_key};

class Finder {
public:
    Finder(NMConnection* profile, const SettingLocator& locate)
        : profile_(profile), locate_(locate) {}

    std::vector<Problem> run() {
        look_at_autoconnect();
        nm_connection_for_each_setting_value(profile_, &Finder::value, this);
        look_at_user_data();
        look_at_unused_keys();
        return std::move(found_);
    }

private:
    void say(std::string_view group, std::string_view key, std::string_view text) {
        found_.push_back({.severity = Severity::note,
                          .location = locate_(group, key),
                          .text = printable(text),
                          .key = printable(key)});
    }

    static void value(NMSetting* setting, const char* key, const GValue* value,
                      GParamFlags /*flags*/, gpointer self) noexcept {
        static_cast<Finder*>(self)->look_at(setting, key, value);
    }

    void look_at(NMSetting* setting, const char* key, const GValue* value) {
        const std::string group = nm_setting_get_name(setting);
        const auto full = fmt::format("{}.{}", group, key);
        auto* const property = g_object_class_find_property(G_OBJECT_GET_CLASS(setting), key);
        const bool is_default =
            property == nullptr || g_param_value_defaults(property, value) != FALSE;
        if (view(key) == NM_SETTING_NAME || is_empty(value) || is_default ||
            std::ranges::find(carried, full) != carried.end() || is_usual_method(full, value))
            return;
        say(group, key, fmt::format("{} is left out: only a profile says it", full));
    }

    /// A method that the addresses tell.
    static bool is_usual_method(std::string_view full, const GValue* value) {
        if (full != "ipv4.method" && full != "ipv6.method")
            return false;
        const auto method = view(g_value_get_string(value));
        return method == NM_SETTING_IP4_CONFIG_METHOD_MANUAL ||
               method == NM_SETTING_IP4_CONFIG_METHOD_DISABLED;
    }

    /// Lists and tables without an entry differ from their default, which is none at all.
    static bool is_empty(const GValue* value) {
        // NOLINTNEXTLINE(misc-const-correctness): a variable of GLib's macro
        if (G_VALUE_HOLDS(value, G_TYPE_STRV))
            return g_value_get_boxed(value) == nullptr ||
                   *static_cast<char**>(g_value_get_boxed(value)) == nullptr;
        // NOLINTNEXTLINE(misc-const-correctness): a variable of GLib's macro
        if (G_VALUE_HOLDS(value, G_TYPE_PTR_ARRAY))
            return g_value_get_boxed(value) == nullptr ||
                   static_cast<GPtrArray*>(g_value_get_boxed(value))->len == 0;
        return false;
    }

    void look_at_autoconnect() {
        auto* const connection = nm_connection_get_setting_connection(profile_);
        if (connection && nm_setting_connection_get_autoconnect(connection) != FALSE)
            say("connection", "autoconnect",
                "connection.autoconnect=yes is left out: an imported profile does not start by "
                "itself");
    }

    void look_at_user_data() {
        auto* const user = reinterpret_cast<NMSettingUser*>(
            nm_connection_get_setting(profile_, NM_TYPE_SETTING_USER));
        guint count{};
        const auto* const keys = user ? nm_setting_user_get_keys(user, &count) : nullptr;
        for (guint i = 0; i < count; ++i) {
            if (std::ranges::find(declared, view(keys[i])) != declared.end())
                continue;
            const auto* const data = nm_setting_user_get_data(user, keys[i]);
            say("user", keys[i],
                view(keys[i]) == left_out_key
                    ? fmt::format("the profile was imported without these lines: {}", view(data))
                    : fmt::format("user.data {}={} is left out: only a profile says it", keys[i],
                                  view(data)));
        }
    }

    void look_at_unused_keys() {
        auto* const wireguard = reinterpret_cast<NMSettingWireGuard*>(
            nm_connection_get_setting(profile_, NM_TYPE_SETTING_WIREGUARD));
        for (guint i = 0; wireguard && i < nm_setting_wireguard_get_peers_len(wireguard); ++i) {
            auto* const peer = nm_setting_wireguard_get_peer(wireguard, i);
            const auto flags = nm_wireguard_peer_get_preshared_key_flags(peer);
            if ((flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED) != 0 &&
                !view(nm_wireguard_peer_get_preshared_key(peer)).empty())
                say(peer_group(view(nm_wireguard_peer_get_public_key(peer))),
                    NM_WIREGUARD_PEER_ATTR_PRESHARED_KEY,
                    "the preshared key is left out: preshared-key-flags is 4 (not required), so "
                    "that NetworkManager does not use it");
        }
    }

    NMConnection* profile_;
    const SettingLocator& locate_;
    std::vector<Problem> found_{};
};

} // namespace

std::vector<Problem> not_expressible_in(NMConnection* profile, const SettingLocator& locate) {
    return Finder(profile, locate).run();
}

} // namespace wgnl::nm
