// SPDX-License-Identifier: LGPL-2.1-or-later
// Three methods and a property of NetworkManager's interface, synchronously: this runs once.
#include "nm/helper/profile_store.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <wgnl/declaration.hpp>
#include <wgnl/text.hpp>

#include "base/text.hpp"

namespace wgnl::nm {
namespace {

constexpr const char* service = "org.freedesktop.NetworkManager";
constexpr const char* root_path = "/org/freedesktop/NetworkManager";
constexpr const char* settings_path = "/org/freedesktop/NetworkManager/Settings";
constexpr const char* settings_interface = "org.freedesktop.NetworkManager.Settings";
constexpr const char* profile_interface = "org.freedesktop.NetworkManager.Settings.Connection";
/// Secrets may be asked of a session's agent, that is of a person.
constexpr int patience = 120'000;

Errc code_of(const GError* error) {
    const TextPtr name(g_dbus_error_get_remote_error(error));
    const auto text = view(name.get());
    if (text.ends_with(".PermissionDenied") || text.ends_with(".AccessDenied"))
        return Errc::permission_denied;
    if (text.ends_with(".ServiceUnknown") || text.ends_with(".NameHasNoOwner"))
        return Errc::not_found;
    return Errc::system;
}

std::unexpected<Error> failed(const char* method, const ErrorSlot& error) {
    const auto code = code_of(error.get());
    g_dbus_error_strip_remote_error(error.get());
    if (code == Errc::not_found)
        return fail(code, "ask NetworkManager", "NetworkManager is not running");
    return fail(code, "ask NetworkManager",
                fmt::format("NetworkManager answers to {}: {}", method, printable(error.text())));
}

/// What a person typed may be no UTF-8, with which GLib would read on behind its end.
std::string lower(std::string_view text) {
    const TextPtr folded(g_utf8_strdown(printable(text).c_str(), -1));
    return std::string(view(folded.get()));
}

/// Nearly what was asked for: another case, a part of it, or up to two letters off.
bool is_near(const std::string& name, const std::string& id) {
    const auto asked = lower(name);
    const auto there = lower(id);
    constexpr std::size_t longest = 256;
    return !asked.empty() && asked.size() <= longest && there.size() <= longest &&
           (there.contains(asked) || asked.contains(there) || edit_distance(asked, there) <= 2);
}

std::string list_of(const std::vector<const KnownProfile*>& profiles) {
    std::string list;
    for (const auto* known : profiles)
        list += fmt::format("{}{} ({})", list.empty() ? "" : ", ",
                            view(nm_connection_get_id(known->profile.get())),
                            view(nm_connection_get_uuid(known->profile.get())));
    return printable(list);
}

std::unexpected<Error> not_found(const std::vector<KnownProfile>& profiles,
                                 const std::string& name) {
    std::vector<const KnownProfile*> near;
    for (const auto& known : profiles)
        if (is_near(name, std::string(view(nm_connection_get_id(known.profile.get())))))
            near.push_back(&known);
    return fail(
        Errc::not_found, "look for the profile",
        fmt::format("NetworkManager shows you no WireGuard profile {}{}; \"nmcli connection "
                    "show\" lists all",
                    printable(name),
                    near.empty() ? "" : fmt::format("; did you mean {}", list_of(near))));
}

} // namespace

Result<ProfileStore> ProfileStore::connect() {
    ErrorSlot error;
    ObjectPtr<GDBusConnection> bus(g_bus_get_sync(G_BUS_TYPE_SYSTEM, nullptr, error.out()));
    if (!bus)
        return fail(Errc::system, "ask NetworkManager",
                    "the system bus cannot be reached: " + printable(error.text()));
    return ProfileStore(std::move(bus));
}

Result<VariantPtr> ProfileStore::call(const std::string& path, const char* interface,
                                      const char* method, GVariant* arguments,
                                      const char* type) const {
    ErrorSlot error;
    VariantPtr answer(g_dbus_connection_call_sync(
        bus_.get(), service, path.c_str(), interface, method, arguments, G_VARIANT_TYPE(type),
        G_DBUS_CALL_FLAGS_NO_AUTO_START, patience, nullptr, error.out()));
    if (!answer)
        return failed(method, error);
    return answer;
}

unsigned ProfileStore::version() const {
    const auto answer = call(root_path, "org.freedesktop.DBus.Properties", "Get",
                             g_variant_new("(ss)", service, "Version"), "(v)");
    if (!answer)
        return 0;
    const VariantPtr boxed(g_variant_get_child_value(answer->get(), 0));
    const VariantPtr value(g_variant_get_variant(boxed.get()));
    auto text = g_variant_is_of_type(value.get(), G_VARIANT_TYPE_STRING) != FALSE
                    ? view(g_variant_get_string(value.get(), nullptr))
                    : "";
    const auto major = take_number<unsigned>(text).value_or(0);
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
    return major * 1000 + take_number<unsigned>(text).value_or(0);
}

Result<std::vector<KnownProfile>> ProfileStore::profiles() const {
    const auto answer = call(settings_path, settings_interface, "ListConnections", nullptr, "(ao)");
    if (!answer)
        return std::unexpected{answer.error()};
    const VariantPtr paths(g_variant_get_child_value(answer->get(), 0));
    std::vector<KnownProfile> known;
    for (gsize i = 0; i < g_variant_n_children(paths.get()); ++i) {
        const VariantPtr path(g_variant_get_child_value(paths.get(), i));
        std::string text(view(g_variant_get_string(path.get(), nullptr)));
        // One that is gone by now, or is private to somebody else, is none.
        const auto settings = call(text, profile_interface, "GetSettings", nullptr, "(a{sa{sv}})");
        if (!settings)
            continue;
        const VariantPtr dictionary(g_variant_get_child_value(settings->get(), 0));
        ObjectPtr<NMConnection> profile(
            nm_simple_connection_new_from_dbus(dictionary.get(), nullptr));
        if (profile && nm_connection_is_type(profile.get(), NM_SETTING_WIREGUARD_SETTING_NAME))
            known.push_back({std::move(text), std::move(profile)});
    }
    return known;
}

Result<void> ProfileStore::add_secrets(const KnownProfile& known) const {
    const auto answer =
        call(known.path, profile_interface, "GetSecrets",
             g_variant_new("(s)", NM_SETTING_WIREGUARD_SETTING_NAME), "(a{sa{sv}})");
    if (!answer)
        return std::unexpected{answer.error()};
    const VariantPtr secrets(g_variant_get_child_value(answer->get(), 0));
    ErrorSlot error;
    if (nm_connection_update_secrets(known.profile.get(), NM_SETTING_WIREGUARD_SETTING_NAME,
                                     secrets.get(), error.out()) == FALSE)
        return fail(Errc::protocol, "read the secrets", printable(error.text()));
    return {};
}

Result<const KnownProfile*> find_profile(const std::vector<KnownProfile>& profiles,
                                         const std::string& name) {
    std::vector<const KnownProfile*> found;
    for (const auto& known : profiles) {
        if (view(nm_connection_get_uuid(known.profile.get())) == name)
            return &known;
        if (view(nm_connection_get_id(known.profile.get())) == name)
            found.push_back(&known);
    }
    if (found.size() == 1)
        return found.front();
    if (found.empty())
        return not_found(profiles, name);
    return fail(Errc::invalid_argument, "look for the profile",
                fmt::format("there are {} of that name; say which by its UUID: {}", found.size(),
                            list_of(found)));
}

} // namespace wgnl::nm
