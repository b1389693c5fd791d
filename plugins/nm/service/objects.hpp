// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of NetworkManager's objects that says which profiles run where. Pure: no bus.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gio/gio.h>

namespace wgnl::nm {

inline constexpr const char* manager_interface = "org.freedesktop.NetworkManager";
inline constexpr const char* active_interface = "org.freedesktop.NetworkManager.Connection.Active";
inline constexpr const char* device_interface = "org.freedesktop.NetworkManager.Device";
inline constexpr const char* wireguard_interface =
    "org.freedesktop.NetworkManager.Device.WireGuard";
inline constexpr const char* profile_interface =
    "org.freedesktop.NetworkManager.Settings.Connection";

/// A WireGuard profile that NetworkManager runs, or is about to.
struct ActiveProfile {
    std::string profile{};                 ///< its object path
    std::string activation{};              ///< another one whenever it is activated again
    std::string device{};                  ///< empty: it has none yet
    std::optional<std::uint32_t> fwmark{}; ///< the mark that the device has
    bool activated{false};                 ///< false: NetworkManager is still at it

    bool operator==(const ActiveProfile&) const = default;
};

class ObjectTree {
public:
    /// All objects anew: a{oa{sa{sv}}}.
    void replace(GVariant* objects);
    /// InterfacesAdded: a{sa{sv}}.
    void add(const std::string& path, GVariant* interfaces);
    /// InterfacesRemoved: as.
    void remove(const std::string& path, GVariant* interfaces);
    /// PropertiesChanged: a{sv}. Objects and interfaces that do not matter are passed over.
    void change(const std::string& path, std::string_view interface, GVariant* properties);

    /// Each profile once, by path. Devices that somebody else made ("connected (externally)") are
    /// left out. One that is activated again counts as not activated until that is done.
    std::vector<ActiveProfile> active_profiles() const;
    /// NetworkManager has just started and has not taken up all of its devices yet.
    bool is_starting() const noexcept { return starting_; }

private:
    struct Active {
        std::string profile{};
        std::string type{};
        std::uint32_t state{};
        std::uint32_t flags{};
        std::vector<std::string> devices{};
    };
    struct Device {
        std::string name{};
        std::optional<std::uint32_t> fwmark{};
    };

    static bool matters(const Active& active);
    void merge(const std::string& at, const Active& active, ActiveProfile& into) const;

    std::map<std::string, Active> actives_{};
    std::map<std::string, Device> devices_{};
    bool starting_{false};
};

} // namespace wgnl::nm
