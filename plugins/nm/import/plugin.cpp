// SPDX-License-Identifier: LGPL-2.1-or-later
// The plugin that nmcli and GNOME Settings load to import files: an NMVpnEditorPlugin without an
// editor. It lives in processes of others: no state, no output but GLib's log, no exception out.
#include <exception>

#include <NetworkManager.h>

#include "nm/import/importer.hpp"
#include "nm/profile/glib.hpp"

struct WgnlImportPlugin {
    GObject parent;
};
struct WgnlImportPluginClass {
    GObjectClass parent;
};

namespace {

/// Must be what the .name file says. GNOME Settings opens its file chooser at a click on the row of
/// the service "import", where it would open an editor for any other.
constexpr const char* service = "import";
constexpr const char* row_title = "WireGuard file…";
constexpr const char* row_text = "Import a configuration of wg-quick, whatever its name";

enum Property : guint { name_property = 1, description_property, service_property };

void set_error(GError** error, GIOErrorEnum code, const char* text) {
    g_set_error_literal(error, G_IO_ERROR, code, text);
}

/// To standard error in nmcli, to the journal in GNOME Settings.
void tell(const std::vector<wgnl::Problem>& not_expressible) {
    for (const auto& problem : not_expressible)
        g_log_structured("wgnl", G_LOG_LEVEL_MESSAGE, "MESSAGE", "%s", to_string(problem).c_str());
}

NMConnection* import_or_throw(const char* path, GError** error) {
    auto written = wgnl::nm::import_file(path);
    if (!written) {
        set_error(error, G_IO_ERROR_INVALID_DATA, written.error().detail().c_str());
        return nullptr;
    }
    tell(written->not_expressible);
    return written->profile.release();
}

NMConnection* import_from_file(NMVpnEditorPlugin*, const char* path, GError** error) noexcept {
    try {
        return import_or_throw(path, error);
    } catch (const std::exception& failure) {
        set_error(error, G_IO_ERROR_FAILED, failure.what());
    }
    return nullptr;
}

NMVpnEditor* get_editor(NMVpnEditorPlugin*, NMConnection*, GError** error) noexcept {
    set_error(error, G_IO_ERROR_NOT_SUPPORTED,
              "wgnl imports files and edits nothing; what it imports is a WireGuard "
              "profile, which the editor for WireGuard opens");
    return nullptr;
}

NMVpnEditorPluginCapability get_capabilities(NMVpnEditorPlugin*) noexcept {
    return static_cast<NMVpnEditorPluginCapability>(NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT |
                                                    NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) noexcept {
    switch (id) {
    case name_property:
        g_value_set_static_string(value, row_title);
        break;
    case description_property:
        g_value_set_static_string(value, row_text);
        break;
    case service_property:
        g_value_set_static_string(value, service);
        break;
    default:
        // NOLINTNEXTLINE(misc-const-correctness): a variable of GLib's macro
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

void init_interface(NMVpnEditorPluginInterface* interface, gpointer) noexcept {
    interface->get_editor = get_editor;
    interface->get_capabilities = get_capabilities;
    interface->import_from_file = import_from_file;
}

} // namespace

GType wgnl_import_plugin_get_type();
// NOLINTNEXTLINE(misc-const-correctness): GLib's own variables
G_DEFINE_TYPE_WITH_CODE(WgnlImportPlugin, wgnl_import_plugin, G_TYPE_OBJECT,
                        G_IMPLEMENT_INTERFACE(NM_TYPE_VPN_EDITOR_PLUGIN,
                                              (GInterfaceInitFunc)init_interface))

static void wgnl_import_plugin_init(WgnlImportPlugin*) {}

static void wgnl_import_plugin_class_init(WgnlImportPluginClass* type) {
    auto* const object = G_OBJECT_CLASS(type);
    object->get_property = get_property;
    g_object_class_override_property(object, name_property, NM_VPN_EDITOR_PLUGIN_NAME);
    g_object_class_override_property(object, description_property,
                                     NM_VPN_EDITOR_PLUGIN_DESCRIPTION);
    g_object_class_override_property(object, service_property, NM_VPN_EDITOR_PLUGIN_SERVICE);
}

/// The one symbol that comes out: libnm asks it for the plugin.
extern "C" __attribute__((visibility("default"))) NMVpnEditorPlugin*
nm_vpn_editor_plugin_factory(GError**) {
    return NM_VPN_EDITOR_PLUGIN(g_object_new(wgnl_import_plugin_get_type(), nullptr));
}
