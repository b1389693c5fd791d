// SPDX-License-Identifier: LGPL-2.1-or-later
// Signals into the tree of objects; settings and secrets into a profile.
#include "nm/service/network_manager.hpp"

#include <utility>

namespace wgnl::nm {
namespace {

constexpr const char* service = "org.freedesktop.NetworkManager";
constexpr const char* root = "/org/freedesktop";
constexpr const char* object_manager = "org.freedesktop.DBus.ObjectManager";
constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";
/// NetworkManager is asked, never started.
constexpr auto without_start = G_DBUS_CALL_FLAGS_NO_AUTO_START;
constexpr int answer_time = 25000;
/// Its objects, which it may not show yet, are asked for again after this long.
constexpr unsigned again_time = 1000;
/// A user's session may have to be asked for secrets; without it they cannot be read.
constexpr int secrets_time = 10000;

Method method_of(const std::string& profile, const char* member) {
    return {service, profile.c_str(), profile_interface, member, without_start, "(a{sa{sv}})"};
}

Result<ObjectPtr<NMConnection>> profile_of(GVariant* settings) {
    const VariantPtr dictionary(g_variant_get_child_value(settings, 0));
    ObjectPtr<NMConnection> profile(nm_simple_connection_new());
    ErrorSlot error;
    // Not verified: what NetworkManager has taken is judged setting by setting.
    if (nm_connection_replace_settings(profile.get(), dictionary.get(), error.out()) == 0)
        return fail(Errc::protocol, "read a profile of NetworkManager's", error.text());
    return profile;
}

/// What comes over the bus is not checked against any interface.
bool is_well_formed(const Signal& signal) {
    const char* type = signal.member == "PropertiesChanged"   ? "(sa{sv}as)"
                       : signal.member == "InterfacesAdded"   ? "(oa{sa{sv}})"
                       : signal.member == "InterfacesRemoved" ? "(oas)"
                                                              : nullptr;
    return type != nullptr && g_variant_is_of_type(signal.arguments, G_VARIANT_TYPE(type)) != FALSE;
}

/// Whether a failure only says that there are no secrets.
bool means_none(const Error& error) {
    return error.detail().find(".NoSecrets:") != std::string::npos;
}

bool stores_private_key(NMConnection* profile) {
    auto* setting = nm_connection_get_setting(profile, NM_TYPE_SETTING_WIREGUARD);
    return setting != nullptr && nm_setting_wireguard_get_private_key_flags(
                                     NM_SETTING_WIREGUARD(setting)) == NM_SETTING_SECRET_FLAG_NONE;
}

/// Returns why they are not known. The two answers may be of before and after an edit that hands
/// the private key to an agent: "none" of a profile that stores one says nothing of the other keys.
std::string add_secrets(NMConnection* profile, const Result<VariantPtr>& answer) {
    if (!answer && means_none(answer.error()) && !stores_private_key(profile))
        return {};
    if (!answer)
        return answer.error().detail();
    const VariantPtr secrets(g_variant_get_child_value(answer->get(), 0));
    ErrorSlot error;
    if (g_variant_n_children(secrets.get()) > 0 &&
        nm_connection_update_secrets(profile, NM_SETTING_WIREGUARD_SETTING_NAME, secrets.get(),
                                     error.out()) == 0)
        return error.text();
    return {};
}

} // namespace

/// Two answers that make one profile.
struct NetworkManager::Fetch {
    Fetched fetched;
    std::optional<Result<VariantPtr>> settings{};
    std::optional<Result<VariantPtr>> secrets{};

    void finish_if_complete() {
        if (!settings || !secrets)
            return;
        if (!*settings)
            return fetched(std::unexpected(settings->error()));
        auto profile = profile_of(settings->value().get());
        if (!profile)
            return fetched(std::unexpected(profile.error()));
        auto failure = add_secrets(profile->get(), *secrets);
        secrets.reset();
        fetched(FetchedProfile{std::move(*profile), std::move(failure)});
    }
};

NetworkManager::NetworkManager(GDBusConnection* bus, Listener listener)
    : bus_(bus), listener_(std::move(listener)), calls_(std::make_unique<Calls>(bus)),
      again_([this] { read_objects(); }) {
    listen({.sender = service, .path = root, .interface = object_manager});
    listen({.sender = service, .interface = profile_interface, .member = "Updated"});
    for (const auto* interface : {manager_interface, active_interface, wireguard_interface})
        listen({.sender = service,
                .interface = properties_interface,
                .member = "PropertiesChanged",
                .first_argument = interface});
    owner_ = std::make_unique<NameWatch>(bus, service, [this](bool owned) { on_owner(owned); });
}

void NetworkManager::listen(const SignalMatch& match) {
    subscriptions_.emplace_back(bus_, match, [this](const Signal& signal) { on_signal(signal); });
}

void NetworkManager::on_owner(bool is_owned) {
    // Whoever owned the name before answers no more.
    calls_ = std::make_unique<Calls>(bus_);
    echo_ = {};
    again_.disarm();
    ++generation_;
    presence_ = is_owned ? Presence::unknown : Presence::away;
    if (is_owned)
        read_objects();
    else
        listener_.changed();
}

void NetworkManager::read_objects() {
    missed_.clear(); // what is answered is newer
    calls_->call(
        {service, root, object_manager, "GetManagedObjects", without_start, "(a{oa{sa{sv}}})"},
        nullptr, [this](Result<VariantPtr> answer) { take_objects(std::move(answer)); },
        answer_time);
}

void NetworkManager::take_objects(Result<VariantPtr> answer) {
    if (!answer)
        return again_.arm(again_time);
    const VariantPtr objects(g_variant_get_child_value(answer->get(), 0));
    objects_.replace(objects.get());
    for (const auto& signal : std::exchange(missed_, {}))
        apply(signal.path, signal.member, signal.arguments.get());
    presence_ = Presence::here;
    listener_.changed();
}

void NetworkManager::on_signal(const Signal& signal) {
    if (signal.member == "Updated") {
        if (echo_.is_edit(signal.path))
            listener_.edited(signal.path);
        return;
    }
    if (!is_well_formed(signal))
        return;
    if (presence_ != Presence::here) {
        missed_.push_back(
            {signal.path, signal.member, VariantPtr(g_variant_ref(signal.arguments))});
        return;
    }
    apply(signal.path, signal.member, signal.arguments);
    listener_.changed();
}

void NetworkManager::apply(const std::string& path, std::string_view member, GVariant* arguments) {
    if (member == "PropertiesChanged") {
        const char* interface = nullptr;
        const VariantPtr properties(g_variant_get_child_value(arguments, 1));
        g_variant_get_child(arguments, 0, "&s", &interface);
        return objects_.change(path, interface, properties.get());
    }
    const char* object = nullptr;
    const VariantPtr interfaces(g_variant_get_child_value(arguments, 1));
    g_variant_get_child(arguments, 0, "&o", &object);
    if (member == "InterfacesAdded")
        objects_.add(object, interfaces.get());
    else
        objects_.remove(object, interfaces.get());
}

void NetworkManager::fetch(const std::string& profile, Fetched fetched) {
    auto both = std::make_shared<Fetch>(Fetch{std::move(fetched)});
    echo_.asked(profile);
    calls_->call(
        method_of(profile, "GetSettings"), nullptr,
        [both](Result<VariantPtr> answer) {
            both->settings.emplace(std::move(answer));
            both->finish_if_complete();
        },
        answer_time);
    calls_->call(
        method_of(profile, "GetSecrets"), g_variant_new("(s)", NM_SETTING_WIREGUARD_SETTING_NAME),
        [this, profile, both](Result<VariantPtr> answer) {
            take_secrets(profile, *both, std::move(answer));
        },
        secrets_time);
}

void NetworkManager::take_secrets(const std::string& profile, Fetch& both,
                                  Result<VariantPtr> answer) {
    if (answer)
        overwrite_received(bus_, answer->get());
    if (echo_.answered(profile))
        listener_.edited(profile);
    both.secrets.emplace(std::move(answer));
    both.finish_if_complete();
}

} // namespace wgnl::nm
