// SPDX-License-Identifier: LGPL-2.1-or-later
// Nobody is told of a peer that is not listed, or of what not everybody may see.
#include "announcements.hpp"

#include <algorithm>

#include "model/property_table.hpp"
#include "sd/bus_names.hpp"

namespace wgnl::daemon {

namespace {

std::vector<const char*> all_that_change() {
    std::vector<const char*> names;
    for (const auto& row : device_table())
        if (row.emits == Emits::changes)
            names.push_back(row.name);
    return names;
}

} // namespace

void Announcements::appeared(const DeviceModel& device) {
    add_interface(path_of(device.name()), device_interface);
    if (access_.is_public(device)) {
        open_.insert(device.name());
        add_peers(device);
    }
    announce(root_path, manager_interface, {"Devices"});
}

void Announcements::vanished(const DeviceModel& device) {
    const auto path = path_of(device.name());
    if (open_.erase(device.name()) > 0)
        remove_peers(device);
    remove_interface(path, device_interface);
    answers_.subscriptions.drop(path);
    answers_.snapshots->drop(device.name());
    announce(root_path, manager_interface, {"Devices"});
}

void Announcements::changed(const DeviceModel& device, const DeviceUpdate& update) {
    const bool open = access_.is_public(device);
    if (open != open_.contains(device.name()))
        return announce_opening(device, update);
    auto properties = update.properties;
    if (!open)
        std::erase_if(properties, [](const char* name) {
            return find_property(device_table(), name)->readers != Readers::everybody;
        });
    announce(path_of(device.name()), device_interface, properties);
    if (open)
        announce_peers(device, update);
}

/// What was not everybody's to see is from now on, or the other way round.
void Announcements::announce_opening(const DeviceModel& device, const DeviceUpdate& update) {
    announce(path_of(device.name()), device_interface, all_that_change());
    if (access_.is_public(device)) {
        open_.insert(device.name());
        return add_peers(device);
    }
    open_.erase(device.name());
    answers_.snapshots->turn_away(device.name(),
                                  "who may see the device has just changed; ask again");
    for (const auto& peer : update.peers)
        if (peer.removed)
            remove_interface(path_of(device.name(), peer.key), peer_interface);
    remove_peers(device);
}

void Announcements::announce_peers(const DeviceModel& device, const DeviceUpdate& update) {
    if (update.relisted)
        add_peers(device);
    for (const auto& peer : update.peers)
        announce_peer(device, peer);
}

void Announcements::applied(const DeviceModel& device, bool ok) {
    sd_bus_emit_signal(bus_, path_of(device.name()).c_str(), device_interface, "Applied", "b",
                       static_cast<int>(ok));
}

void Announcements::announce_peer(const DeviceModel& device, const PeerUpdate& update) {
    const auto path = path_of(device.name(), update.key);
    if (update.removed)
        return remove_interface(path, peer_interface);
    if (update.added)
        return add_interface(path, peer_interface);
    announce(path, peer_interface, update.properties);
    signal_peer(path, update);
}

void Announcements::signal_peer(const std::string& path, const PeerUpdate& update) {
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

void Announcements::announce(const std::string& path, const char* interface,
                             const std::vector<const char*>& properties) {
    if (properties.empty())
        return;
    ++count_;
    const auto announcing = access_.announcing();
    std::vector<char*> names;
    for (const char* name : properties)
        names.push_back(const_cast<char*>(name)); // the C interface does not change them
    names.push_back(nullptr);
    sd_bus_emit_properties_changed_strv(bus_, path.c_str(), interface, names.data());
}

void Announcements::add_interface(const std::string& path, const char* interface) {
    ++count_;
    const auto announcing = access_.announcing();
    sd_bus_emit_interfaces_added(bus_, path.c_str(), interface, nullptr);
}

void Announcements::remove_interface(const std::string& path, const char* interface) {
    ++count_;
    sd_bus_emit_interfaces_removed(bus_, path.c_str(), interface, nullptr);
}

void Announcements::add_peers(const DeviceModel& device) {
    if (device.peers().listed())
        for (const auto* peer : device.peers().sorted())
            add_interface(path_of(device.name(), peer->key()), peer_interface);
}

void Announcements::remove_peers(const DeviceModel& device) {
    if (device.peers().listed())
        for (const auto* peer : device.peers().sorted())
            remove_interface(path_of(device.name(), peer->key()), peer_interface);
}

} // namespace wgnl::daemon
