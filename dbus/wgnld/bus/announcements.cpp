// SPDX-License-Identifier: LGPL-2.1-or-later
// What the service says unasked: objects that come and go, properties that change, events.
#include "control/property_sizes.hpp"
#include "host/signal_rules.hpp"
#include "objects.hpp"
#include "sd/bus_names.hpp"
#include "service.hpp"
#include "visibility.hpp"

namespace wgnl::daemon {

void BusService::appeared(const DeviceModel& device) {
    add_interface(path_of(device.name()), device_interface);
    if (is_public(device)) {
        open_.insert(device.name());
        add_peers(device);
    }
    announce(root_path, manager_interface, {"Devices"});
}

void BusService::vanished(const DeviceModel& device) {
    const auto path = path_of(device.name());
    if (open_.erase(device.name()) > 0)
        remove_peers(device);
    remove_interface(path, device_interface);
    subscriptions_.drop(path);
    snapshots_->drop(device.name());
    announce(root_path, manager_interface, {"Devices"});
}

void BusService::show_file_problems(Source source, std::vector<Problem> problems) {
    if (file_problems_.report(source, std::move(problems)))
        announce(root_path, manager_interface, {"Problems"});
}

void BusService::report_files(Source source, const std::string& sender,
                              std::vector<Problem> problems) {
    auto& reporter = reporters_[source];
    reporter.reset();
    if (!problems.empty())
        if (auto leaving = sd::match(bus_, owner_rule(sender) + ",arg2=''",
                                     [this, source](auto*) { show_file_problems(source, {}); }))
            reporter = std::move(*leaving);
    show_file_problems(source, std::move(problems));
}

void BusService::changed(const DeviceModel& device, const DeviceUpdate& update) {
    const bool open = is_public(device);
    if (open != open_.contains(device.name()))
        return announce_opening(device, update);
    auto properties = update.properties;
    if (!open)
        std::erase_if(properties, [](const char* name) { return !everybody_sees(name); });
    announce(path_of(device.name()), device_interface, properties);
    if (open)
        announce_peers(device, update);
}

/// What was not everybody's to see is from now on, or the other way round.
void BusService::announce_opening(const DeviceModel& device, const DeviceUpdate& update) {
    announce(path_of(device.name()), device_interface, changing_properties(device_vtable()));
    if (is_public(device)) {
        open_.insert(device.name());
        return add_peers(device);
    }
    open_.erase(device.name());
    snapshots_->turn_away(device.name(), "who may see the device has just changed; ask again");
    for (const auto& peer : update.peers)
        if (peer.removed)
            remove_interface(path_of(device.name(), peer.key), peer_interface);
    remove_peers(device);
}

void BusService::announce_peers(const DeviceModel& device, const DeviceUpdate& update) {
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
                          const std::vector<const char*>& properties) {
    if (properties.empty())
        return;
    ++announced_;
    const Restored guard(announcing_, true);
    std::vector<char*> names;
    for (const char* name : properties)
        names.push_back(const_cast<char*>(name)); // the C interface does not change them
    names.push_back(nullptr);
    sd_bus_emit_properties_changed_strv(bus_, path.c_str(), interface, names.data());
}

void BusService::add_interface(const std::string& path, const char* interface) {
    ++announced_;
    const Restored guard(announcing_, true);
    sd_bus_emit_interfaces_added(bus_, path.c_str(), interface, nullptr);
}

void BusService::remove_interface(const std::string& path, const char* interface) {
    ++announced_;
    sd_bus_emit_interfaces_removed(bus_, path.c_str(), interface, nullptr);
}

void BusService::add_peers(const DeviceModel& device) {
    if (device.properties().peers_listed)
        for (const auto* peer : device.peers())
            add_interface(path_of(device.name(), peer->key()), peer_interface);
}

void BusService::remove_peers(const DeviceModel& device) {
    if (device.properties().peers_listed)
        for (const auto* peer : device.peers())
            remove_interface(path_of(device.name(), peer->key()), peer_interface);
}

} // namespace wgnl::daemon
