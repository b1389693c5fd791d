// SPDX-License-Identifier: LGPL-2.1-or-later
// What the service says unasked: objects that come and go, properties that change, events.
#include <algorithm>
#include <array>
#include <string_view>

#include "bus_names.hpp"
#include "bus_service.hpp"
#include "figures.hpp"

namespace wgnl::daemon {

namespace {

/// What everybody may hear of a device that is not everybody's to see.
constexpr std::array<std::string_view, 9> summary{"InterfaceIndex", "Up",          "Backend",
                                                  "Mode",           "State",       "PeerCount",
                                                  "StateCounts",    "PeersListed", "InSync"};

bool in_summary(std::string_view property) {
    return std::ranges::find(summary, property) != summary.end();
}

/// Getters answer nobody in particular while this lives.
class Announcing {
public:
    explicit Announcing(bool& flag) : flag_(flag) { flag_ = true; }
    Announcing(const Announcing&) = delete;
    Announcing& operator=(const Announcing&) = delete;
    ~Announcing() { flag_ = false; }

private:
    bool& flag_;
};

} // namespace

void BusService::appeared(const DeviceModel& device) {
    add_interface(path_of(device.name()), device_interface);
    if (is_public(device) && device.face().peers_listed)
        add_peers(device);
    announce(root_path, manager_interface, {"Devices"});
}

void BusService::vanished(const DeviceModel& device) {
    const auto path = path_of(device.name());
    if (is_public(device) && device.face().peers_listed)
        for (const auto* peer : device.peers())
            remove_interface(path_of(device.name(), peer->key()), peer_interface);
    remove_interface(path, device_interface);
    subscriptions_.drop(path);
    snapshots_.drop(device.name());
    announce(root_path, manager_interface, {"Devices"});
}

void BusService::changed(const DeviceModel& device, const DeviceUpdate& update) {
    auto properties = update.properties;
    if (!is_public(device))
        std::erase_if(properties, [](const char* name) { return !in_summary(name); });
    announce(path_of(device.name()), device_interface, std::move(properties));
    if (!is_public(device))
        return;
    if (update.relisted)
        add_peers(device);
    for (const auto& peer : update.peers)
        announce_peer(device, peer);
}

void BusService::applied(const DeviceModel& device, bool ok) {
    sd_bus_emit_signal(bus_, path_of(device.name()).c_str(), device_interface, "Applied", "b",
                       static_cast<int>(ok));
}

void BusService::announce_peer(const DeviceModel& device, const PeerUpdate& update) {
    const auto path = path_of(device.name(), update.key);
    if (update.removed)
        return remove_interface(path, peer_interface);
    if (update.added)
        return add_interface(path, peer_interface);
    announce(path, peer_interface, update.properties);
    signal_peer(path, update);
}

void BusService::signal_peer(const std::string& path, const PeerUpdate& update) {
    const auto emit = [&](const char* member, const char* types, auto... values) {
        sd_bus_emit_signal(bus_, path.c_str(), peer_interface, member, types, values...);
    };
    if (update.handshake)
        emit("HandshakeCompleted", "t", microseconds(*update.handshake));
    if (update.endpoint)
        emit("EndpointChanged", "ss", update.endpoint->first.c_str(),
             update.endpoint->second.c_str());
    if (update.state)
        emit("StateChanged", "ss", to_string(update.state->first).data(),
             to_string(update.state->second).data());
}

void BusService::announce(const std::string& path, const char* interface,
                          std::vector<const char*> properties) {
    if (properties.empty())
        return;
    const Announcing guard(announcing_);
    std::vector<char*> names;
    for (const char* name : properties)
        names.push_back(const_cast<char*>(name)); // the C interface does not change them
    names.push_back(nullptr);
    sd_bus_emit_properties_changed_strv(bus_, path.c_str(), interface, names.data());
}

void BusService::add_interface(const std::string& path, const char* interface) {
    const Announcing guard(announcing_);
    sd_bus_emit_interfaces_added(bus_, path.c_str(), interface, nullptr);
}

void BusService::remove_interface(const std::string& path, const char* interface) {
    sd_bus_emit_interfaces_removed(bus_, path.c_str(), interface, nullptr);
}

void BusService::add_peers(const DeviceModel& device) {
    for (const auto* peer : device.peers())
        add_interface(path_of(device.name(), peer->key()), peer_interface);
}

} // namespace wgnl::daemon
