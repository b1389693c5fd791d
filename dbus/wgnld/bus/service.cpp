// SPDX-License-Identifier: LGPL-2.1-or-later
// Registration of the objects, and which one a path stands for.
#include "service.hpp"

#include "answers/bus_errors.hpp"
#include "objects.hpp"
#include "sd/bus_names.hpp"
#include "sd/start.hpp"

namespace wgnl::daemon {

BusService::BusService(sd_bus* bus, sd_event* event, Trust trust, ObserveForeign foreign)
    : bus_(bus), event_(event), access_(bus, trust, foreign), answers_(bus, event),
      announcements_(bus, access_, answers_), file_reports_(bus, [this] {
          announcements_.announce(root_path, manager_interface, {"Problems"});
      }) {}

Result<void> BusService::open(DeviceManager& manager) {
    manager_ = &manager;
    listing_ = std::make_unique<Listing>(manager, access_);
    auto opened = open_answers();
    return opened ? register_objects() : opened;
}

Result<void> BusService::open_answers() {
    auto loader = DocumentLoader::start(event_);
    if (!loader)
        return std::unexpected(loader.error());
    answers_.loader = std::move(*loader);
    answers_.snapshots = std::make_unique<Snapshots>(
        Snapshots::Parts{bus_, event_, answers_.loader->thread(), answers_.backlog},
        [this](const std::string& name) { return manager_->find(name); });
    return sd::keep(LargeAnswers::open(bus_, event_, access_.authority(), answers_.backlog),
                    answers_.large);
}

Result<void> BusService::register_objects() {
    const auto add = [this](sd_bus_slot** slot, int step) {
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
        const int result = add(&slot, step);
        slots_.emplace_back(slot);
        if (result < 0)
            return std::unexpected(Error::from_errno(-result, "register the bus objects"));
    }
    return {};
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
    if (!service.access_.may_read(*device))
        return refuse(error, SD_BUS_ERROR_ACCESS_DENIED,
                      "a peer of this device " + std::string(not_for_everybody));
    const auto* peer = device->peers().find(*key);
    if (!peer)
        return 0;
    service.peer_target_ = {&service, device, peer};
    *found = &service.peer_target_;
    return 1;
}

/// What the root object answers has a line for each device.
Backlog::Attention BusService::attention_for(sd_bus_message* message) {
    constexpr std::uint64_t of_device = 64;
    const char* path = sd_bus_message_get_path(message);
    const auto devices =
        path && std::string_view(path) == root_path ? manager_->devices().size() : 0;
    return answers_.backlog.called(sender_of(message), Backlog::small + devices * of_device);
}

} // namespace wgnl::daemon
