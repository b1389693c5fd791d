// SPDX-License-Identifier: LGPL-2.1-or-later
// What is asked of the manager on the bus, and what happens around it.
#include <algorithm>
#include <utility>

#include "device_manager.hpp"
#include "events.hpp"

namespace wgnl::daemon {

DeclarationRegistry::Answer DeviceManager::declare(const SourceDeclaration& declared,
                                                   DeclaredDevice summary) {
    using Answer = DeclarationRegistry::Answer;
    const auto& device = declared.declaration->device;
    const auto* before = registry_.find(device);
    const auto old_problems = before ? before->declaration->problems : std::vector<Problem>{};
    const auto most = config_.allow_default_route ? std::nullopt : std::optional(most_of_all);
    const auto answer = registry_.declare(declared, most);
    auto& its = controller(device);
    if (answer == Answer::refused || answer == Answer::too_much) {
        update(its, sd::boottime_now());
        clock_.arm(sd::boottime_now());
        return answer;
    }
    if (answer != Answer::unchanged) {
        log_declared(declared);
        if (declared.source == Source::command) // an adapter has said them, each with its line
            log_problems(device, declared.declaration->problems, old_problems,
                         is_peer_of(*declared.declaration));
    }
    endpoints_.declare(*declared.declaration, summary.named);
    its.input(declared, std::move(summary), answer != Answer::unchanged, answer == Answer::changed);
    return answer;
}

void DeviceManager::retain(Source source, const std::vector<std::string>& keep) {
    for (const auto& device : registry_.retain(source, keep)) {
        forget(device);
        withdrawals_.withdraw(device, nullptr);
    }
    withdrawals_.withdraw_recorded(source, keep);
    clock_.arm(sd::boottime_now());
}

void DeviceManager::withdraw(Source source, const std::string& device, Done done) {
    if (!registry_.withdraw(source, device))
        return withdrawals_.withdraw_if_recorded(source, device, std::move(done));
    forget(device);
    withdrawals_.withdraw(device, std::move(done));
}

/// It is declared no more.
void DeviceManager::forget(const std::string& device) {
    endpoints_.forget(device);
    controller(device).undeclare();
}

bool DeviceManager::reconcile(const std::string& device) {
    auto* its = known(device);
    if (!its || !registry_.find(device))
        return false;
    its->input(DeviceEvent::reconcile, sd::boottime_now());
    return true;
}

void DeviceManager::tell_all(DeviceEvent event) {
    const auto now = sd::boottime_now();
    for (const auto& [name, controller] : controllers_)
        controller->input(event, now);
    clock_.arm(now);
}

void DeviceManager::on_packets() {
    const auto now = sd::boottime_now();
    handshakes_.on_packets(now);
    clock_.arm(now);
}

void DeviceManager::input(HostEvent event, std::uint32_t ifindex) {
    const auto now = sd::boottime_now();
    const auto tell_owned = [&](DeviceEvent of_device) {
        for (const auto& [name, controller] : controllers_)
            if (controller->model().link() && controller->model().link()->ifindex == ifindex)
                controller->input(of_device, now);
    };
    switch (event) {
    case HostEvent::sockets_changed:
        survey_.ask();
        break;
    case HostEvent::owner_active:
        owner_active_until_ = now + DeviceController::alert;
        survey_.hurry_until(owner_active_until_);
        return tell_all(DeviceEvent::owner_active);
    case HostEvent::network_manager_active:
        return tell_all(DeviceEvent::network_manager_active);
    case HostEvent::owner_done:
        tell_owned(DeviceEvent::owner_done);
        break;
    case HostEvent::owner_spoke:
        tell_owned(DeviceEvent::owner_spoke);
        break;
    case HostEvent::resumed:
        survey_.ask();
        endpoints_.resumed(now);
        return tell_all(DeviceEvent::resumed);
    }
    clock_.arm(now);
}

void DeviceManager::links_changed(const LinkMonitor::Drained& drained) {
    const auto now = sd::boottime_now();
    const auto is_outside = [this](const LinkMonitor::Event& event) {
        return event.network && !known(event.name); // what happens inside a tunnel changes no route
    };
    survey_.ask();
    if (drained.overrun || std::ranges::any_of(drained.events, is_outside))
        endpoints_.network_changed(now);
    for (const auto& event : drained.events)
        note_event(event);
    if (drained.overrun)
        tell_all(DeviceEvent::routes_changed);
    clock_.arm(now);
}

void DeviceManager::note_event(const LinkMonitor::Event& event) {
    const auto now = sd::boottime_now();
    for (const auto* name : {&event.name, &event.renamed_from})
        if (auto* its = known(*name))
            its->input(DeviceEvent::changed, now);
    for (auto& [name, controller] : controllers_) {
        if (!controller->model().link() || controller->model().link()->ifindex != event.ifindex)
            continue;
        if (event.route)
            controller->input(DeviceEvent::routes_changed, now);
        if (event.network) // what the owner was asked to complete may be there
            controller->input(DeviceEvent::network_changed, now);
    }
}

} // namespace wgnl::daemon
