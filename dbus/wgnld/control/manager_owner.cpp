// SPDX-License-Identifier: LGPL-2.1-or-later
// The manager and the owner of links: when it acts, and what it has not done.
#include "device_manager.hpp"

#include "events.hpp"
#include "model/taken_port.hpp"

namespace wgnl::daemon {

void DeviceManager::on_owner_activity() {
    const auto now = sd::boottime_now();
    owner_active_until_ = now + alert;
    survey_schedule_.hurry_until(owner_active_until_);
    for (auto& [name, controller] : controllers_) {
        controller->schedule.ask();
        controller->look_at_routes = true;
        controller->schedule.hurry_until(owner_active_until_);
    }
    schedule_now();
}

void DeviceManager::on_network_manager_activity() {
    const auto until = sd::boottime_now() + alert;
    for (auto& [name, controller] : controllers_) {
        const auto* entry = registry_.find(name);
        if (entry && entry->source == Source::network_manager)
            controller->schedule.hurry_until(until);
    }
    schedule_now();
}

void DeviceManager::owner_done(std::uint32_t ifindex) {
    for (auto& [name, controller] : controllers_)
        if (controller->model.link() && controller->model.link()->ifindex == ifindex)
            controller->settle_timer.owner_done();
    schedule_now();
}

/// Its state file follows what it says within a moment, which looking at it takes as well.
void DeviceManager::owner_speaks(std::uint32_t ifindex) {
    for (auto& [name, controller] : controllers_)
        if (controller->owner_unsaid && controller->model.link() &&
            controller->model.link()->ifindex == ifindex)
            controller->want();
    schedule_now();
}

/// Whether there is nothing to be said of an attempt, because networkd is still to say whose the
/// link is: it is tried again when it does, and from time to time.
bool DeviceManager::await_owner(DeviceController& controller, const ReconcileResult& result) {
    const auto now = sd::boottime_now();
    controller.owner_unsaid = result.owner_unsaid;
    watch_owner(controller, now);
    if (!result.owner_unsaid || !controller.owner.due(now))
        return false;
    controller.reconcile_postponed(now);
    publish(controller, controller.model.set_sync_status({}));
    refresh_notices(controller);
    return true;
}

/// Whether networkd has what its files declare, as far as it tells.
void DeviceManager::watch_owner(DeviceController& controller, Boottime now) {
    using Lack = OwnerWatch::Lack;
    const auto* entry = registry_.find(controller.model.name());
    const bool is_its =
        entry && entry->source == Source::networkd && entry->declaration->mode == Mode::sync;
    auto lack = Lack::nothing;
    if (is_its && !controller.model.link())
        lack = Lack::device;
    else if (is_its && controller.owner_unsaid)
        lack = Lack::word;
    else if (is_its && host_.names_netdev_files() && controller.netdev_file)
        lack = controller.netdev_file->empty() ? Lack::file : Lack::nothing;
    controller.owner.take(lack, now);
}

std::optional<Problem> DeviceManager::taken_port(const DeviceController& controller) const {
    const auto* entry = registry_.find(controller.model.name());
    if (!entry || controller.model.properties().up)
        return std::nullopt;
    std::vector<const DeviceModel*> all;
    for (const auto& [name, other] : controllers_)
        all.push_back(&other->model);
    return daemon::taken_port(controller.model, entry->declaration->location,
                              entry->declaration->mode, all);
}

void DeviceManager::refresh_notices(DeviceController& controller) {
    const auto now = sd::boottime_now();
    const auto& device = controller.model.name();
    auto notices = controller.notices(now);
    const auto conflicts = registry_.conflicts(device);
    notices.insert(notices.end(), conflicts.begin(), conflicts.end());
    watch_owner(controller, now);
    if (const auto* entry = registry_.find(device))
        if (auto problem = controller.owner.problem(*entry->declaration, now))
            notices.push_back(*std::move(problem));
    const auto taken = taken_port(controller);
    if (taken)
        notices.push_back(*taken);
    log_problems(device, notices, controller.model.notices(), is_peer_of(controller.model));
    notices.insert(notices.end(), controller.unresolved.begin(), controller.unresolved.end());
    publish(controller, controller.model.set_notices(std::move(notices), !taken));
}

} // namespace wgnl::daemon
