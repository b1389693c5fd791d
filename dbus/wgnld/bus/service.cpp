// SPDX-License-Identifier: LGPL-2.1-or-later
// Registration of the objects, and who may see which.
#include "service.hpp"

#include <algorithm>

#include "answers/bus_errors.hpp"
#include "answers/shared_message.hpp"
#include "control/property_sizes.hpp"
#include "objects.hpp"
#include "properties.hpp"
#include "sd/bus_names.hpp"
#include "sd/start.hpp"
#include "visibility.hpp"

namespace wgnl::daemon {

int BusService::hold(int result, sd_bus_slot* slot) {
    slots_.emplace_back(slot);
    return result;
}

Result<void> BusService::open_parts() {
    auto loader = DocumentLoader::start(event_);
    if (!loader)
        return std::unexpected(loader.error());
    loader_ = std::move(*loader);
    snapshots_ = std::make_unique<Snapshots>(
        Snapshots::Parts{bus_, event_, loader_->thread(), backlog_},
        [this](const std::string& name) { return manager_->find(name); });
    return sd::keep(LargeAnswers::open(bus_, event_, authority_, backlog_), large_answers_);
}

Result<void> BusService::open(DeviceManager& manager) {
    manager_ = &manager;
    if (auto opened = open_parts(); !opened)
        return opened;
    const auto tables = [this](sd_bus_slot** slot, int step) {
        switch (step) {
        case 0:
            return sd_bus_add_object_manager(bus_, slot, root_path);
        case 1:
            return sd_bus_add_object_vtable(bus_, slot, root_path, manager_interface,
                                            manager_vtable(), this);
        case 2:
            return sd_bus_add_fallback_vtable(bus_, slot, device_prefix, device_interface,
                                              device_vtable(), find_device, this);
        case 3:
            return sd_bus_add_fallback_vtable(bus_, slot, device_prefix, peer_interface,
                                              peer_vtable(), find_peer, this);
        default:
            return sd_bus_add_filter(bus_, slot, answer_properties, this);
        }
    };
    for (int step = 0; step <= 4; ++step) {
        sd_bus_slot* slot = nullptr;
        const int result = tables(&slot, step);
        if (hold(result, slot) < 0)
            return std::unexpected(Error::from_errno(-result, "register the bus objects"));
    }
    return {};
}

bool BusService::is_public(const DeviceModel& device) const {
    if (device.declared())
        return !device.declared()->is_private;
    return manager_->config().observe_foreign == ObserveForeign::full;
}

Viewers BusService::viewers_of(const DeviceModel& device) {
    return device.declared() ? device.declared()->viewers : Viewers{};
}

bool BusService::may_read(const DeviceModel& device) {
    if (is_public(device))
        return true;
    auto* message = asked_by_ ? asked_by_ : sd_bus_get_current_message(bus_);
    return message && !announcing_ && authority_.may_inspect(message, viewers_of(device));
}

void BusService::when_fresh(const std::string& device, const std::function<void()>& then) {
    if (!manager_->await_counters(device, then))
        then();
}

void BusService::when_all_fresh(const std::function<void()>& then) {
    std::vector<std::string> names;
    for (const auto* device : manager_->devices())
        names.push_back(device->name());
    const auto left = std::make_shared<std::size_t>(names.size() + 1);
    const auto one = [left, then] {
        if (--*left == 0)
            then();
    };
    for (const auto& name : names)
        when_fresh(name, one);
    one();
}

int BusService::find_device(sd_bus*, const char* path, const char*, void* self, void** found,
                            sd_bus_error*) noexcept {
    auto& service = *static_cast<BusService*>(self);
    const auto labels = sd::decode_path(path, device_pattern, 1);
    const auto* device = labels.empty() ? nullptr : service.manager_->find(labels[0]);
    if (!device)
        return 0;
    service.device_target_ = {&service, device, nullptr};
    *found = &service.device_target_;
    return 1;
}

int BusService::find_peer(sd_bus*, const char* path, const char*, void* self, void** found,
                          sd_bus_error* error) noexcept {
    auto& service = *static_cast<BusService*>(self);
    const auto labels = sd::decode_path(path, peer_pattern, 2);
    const auto* device = labels.empty() ? nullptr : service.manager_->find(labels[0]);
    const auto key = device ? PublicKey::parse(labels[1]) : fail(Errc::not_found, "", "");
    if (!key)
        return 0;
    if (!service.may_read(*device))
        return refuse(error, SD_BUS_ERROR_ACCESS_DENIED,
                      "a peer of this device " + std::string(not_for_everybody));
    const auto* peer = device->find(*key);
    if (!peer)
        return 0;
    service.peer_target_ = {&service, device, peer};
    *found = &service.peer_target_;
    return 1;
}

std::vector<Listed> BusService::listed() {
    std::vector<Listed> all;
    auto room = most_listed_bytes;
    for (const auto* device : manager_->devices()) {
        all.push_back({device});
        if (!device->properties().peers_listed || !may_read(*device))
            continue;
        const auto peers = device->peers();
        std::size_t needed = 0;
        for (const auto* peer : peers)
            needed += size_on_bus(*peer);
        if (needed > room)
            continue;
        room -= needed;
        for (const auto* peer : peers)
            all.push_back({device, peer});
    }
    return all;
}

std::uint64_t BusService::tree_weight() {
    constexpr Boottime holds = std::chrono::seconds(1);
    const auto now = sd::boottime_now();
    if (tree_weight_ > 0 && now < weighed_ + holds)
        return tree_weight_;
    weighed_ = now;
    std::uint64_t of_peers = 0;
    tree_weight_ = 0;
    for (const auto* device : manager_->devices()) {
        tree_weight_ += size_on_bus(*device);
        if (device->properties().peers_listed)
            for (const auto* peer : device->peers())
                of_peers += size_on_bus(*peer);
    }
    tree_weight_ += std::min<std::uint64_t>(of_peers, most_listed_bytes);
    return tree_weight_;
}

/// What the root object answers has a line for each device.
Backlog::Attention BusService::attention_for(sd_bus_message* message) {
    constexpr std::uint64_t of_device = 64;
    const char* path = sd_bus_message_get_path(message);
    const auto devices =
        path && std::string_view(path) == root_path ? manager_->devices().size() : 0;
    return backlog_.called(sender_of(message), Backlog::small + devices * of_device);
}

} // namespace wgnl::daemon
