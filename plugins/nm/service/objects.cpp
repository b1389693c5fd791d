// SPDX-License-Identifier: LGPL-2.1-or-later
// Objects and properties as they come over the bus.
#include "nm/service/objects.hpp"

#include <algorithm>

#include <NetworkManager.h>

#include "nm/profile/glib.hpp"

namespace wgnl::nm {
namespace {

void read(GVariant* properties, const char* name, std::string& value) {
    const char* text = nullptr;
    if (g_variant_lookup(properties, name, "&s", &text) != 0 ||
        g_variant_lookup(properties, name, "&o", &text) != 0)
        value = text;
}

void read(GVariant* properties, const char* name, std::uint32_t& value) {
    g_variant_lookup(properties, name, "u", &value);
}

void read(GVariant* properties, const char* name, std::vector<std::string>& value) {
    const VariantPtr list(g_variant_lookup_value(properties, name, G_VARIANT_TYPE("ao")));
    if (!list)
        return;
    value.clear();
    for (gsize i = 0; i < g_variant_n_children(list.get()); ++i) {
        const char* path = nullptr;
        g_variant_get_child(list.get(), i, "&o", &path);
        value.emplace_back(path);
    }
}

/// Calls `visit(key, value)` for each entry of a dictionary with string-like keys.
template <typename Visit> void each_entry(GVariant* dictionary, Visit visit) {
    for (gsize i = 0; i < g_variant_n_children(dictionary); ++i) {
        const VariantPtr entry(g_variant_get_child_value(dictionary, i));
        const VariantPtr key(g_variant_get_child_value(entry.get(), 0));
        const VariantPtr value(g_variant_get_child_value(entry.get(), 1));
        visit(g_variant_get_string(key.get(), nullptr), value.get());
    }
}

} // namespace

void ObjectTree::replace(GVariant* objects) {
    *this = {};
    each_entry(objects, [this](const char* path, GVariant* interfaces) { add(path, interfaces); });
}

void ObjectTree::add(const std::string& path, GVariant* interfaces) {
    each_entry(interfaces, [&](std::string_view interface, GVariant* properties) {
        if (interface == active_interface)
            actives_.try_emplace(path);
        else if (interface == device_interface || interface == wireguard_interface)
            devices_.try_emplace(path);
        change(path, interface, properties);
    });
}

void ObjectTree::remove(const std::string& path, GVariant* interfaces) {
    for (gsize i = 0; i < g_variant_n_children(interfaces); ++i) {
        const char* interface = nullptr;
        g_variant_get_child(interfaces, i, "&s", &interface);
        if (view(interface) == active_interface)
            actives_.erase(path);
        else if (view(interface) == device_interface)
            devices_.erase(path);
    }
}

void ObjectTree::change(const std::string& path, std::string_view interface, GVariant* properties) {
    if (interface == manager_interface) {
        gboolean starting = 0;
        if (g_variant_lookup(properties, "Startup", "b", &starting) != 0)
            starting_ = starting != 0;
    } else if (auto active = actives_.find(path);
               interface == active_interface && active != actives_.end()) {
        auto& its = active->second;
        read(properties, "Connection", its.profile);
        read(properties, "Type", its.type);
        read(properties, "State", its.state);
        read(properties, "StateFlags", its.flags);
        read(properties, "Devices", its.devices);
    } else if (auto device = devices_.find(path); device != devices_.end()) {
        auto& its = device->second;
        if (interface == device_interface)
            read(properties, "Interface", its.name);
        std::uint32_t mark = 0;
        if (interface == wireguard_interface &&
            g_variant_lookup(properties, "FwMark", "u", &mark) != 0)
            its.fwmark = mark;
    }
}

bool ObjectTree::matters(const Active& active) {
    return active.type == NM_SETTING_WIREGUARD_SETTING_NAME &&
           (active.flags & NM_ACTIVATION_STATE_FLAG_EXTERNAL) == 0 &&
           (active.state == NM_ACTIVE_CONNECTION_STATE_ACTIVATING ||
            active.state == NM_ACTIVE_CONNECTION_STATE_ACTIVATED);
}

void ObjectTree::merge(const std::string& at, const Active& active, ActiveProfile& into) const {
    const bool is_first = into.profile.empty();
    const bool activated = active.state == NM_ACTIVE_CONNECTION_STATE_ACTIVATED;
    into.profile = active.profile;
    into.activation = at;
    into.activated = activated && (is_first || into.activated);
    for (const auto& path : active.devices)
        if (auto device = devices_.find(path); device != devices_.end()) {
            into.device = device->second.name;
            into.fwmark = device->second.fwmark;
        }
}

std::vector<ActiveProfile> ObjectTree::active_profiles() const {
    std::map<std::string, ActiveProfile> profiles;
    for (const auto& [path, active] : actives_)
        if (matters(active))
            merge(path, active, profiles[active.profile]);
    std::vector<ActiveProfile> list;
    for (auto& [path, profile] : profiles)
        list.push_back(std::move(profile));
    return list;
}

} // namespace wgnl::nm
