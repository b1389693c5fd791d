// SPDX-License-Identifier: LGPL-2.1-or-later
// The manager's care for endpoints that are host names: asked for, moved, complained about.
#include "device_manager.hpp"

#include <algorithm>

#include "events.hpp"
#include "worker/name_tasks.hpp"

namespace wgnl::daemon {

namespace {

/// Answers come one by one: this long they are gathered.
constexpr Boottime answers_gather = std::chrono::milliseconds(20);

} // namespace

void DeviceManager::resumed() {
    const auto now = sd::boottime_now();
    for (auto& [name, controller] : controllers_) {
        complete(*controller);
        publish(*controller, controller->model.renew(now));
        controller->schedule.ask();
        controller->look_at_routes = true;
    }
    survey_schedule_.ask();
    names_.resumed(now);
    schedule_now();
}

void DeviceManager::note_network(const LinkMonitor::Drained& drained) {
    const auto is_outside = [this](const LinkMonitor::Event& event) {
        return event.network && !known(event.name); // what happens inside a tunnel changes no route
    };
    if (drained.overrun || std::ranges::any_of(drained.events, is_outside))
        names_.network_changed(sd::boottime_now());
}

void DeviceManager::update_names(Boottime now) {
    answers_wait_ = false;
    for (auto& [name, controller] : controllers_)
        if (names_.watches(name))
            update_names(*controller, now);
    names_.gather(now);
    ask_names();
}

void DeviceManager::update_names(DeviceController& controller, Boottime now) {
    const auto& device = controller.model.name();
    names_.look(controller.model, now);
    if (names_.take_resolved(device))
        controller.want();
    if (!controller.reconciling && !controller.wants() && controller.settle_timer.settled(now))
        if (auto moves = names_.moves(controller.model, now); !moves.empty())
            move(device, std::move(moves));
    if (const auto problems = names_.take_problems(device))
        show_problems(controller, *problems);
}

void DeviceManager::move(const std::string& device, std::vector<EndpointMove> moves) {
    submit(
        [this, device, moves = std::move(moves)](Worker::Context& context) -> Worker::Completion {
            return [this, device, moved = move_endpoints(context, device, moves)] {
                const auto* kept = known(device);
                if (!moved)
                    log_failure(device, moved.error(), kept ? is_peer_of(kept->model) : IsPublic{});
                else
                    for (const auto& one : *moved)
                        log_moved(device, one);
                if (auto* controller = known(device))
                    controller->schedule.ask();
                schedule_now();
            };
        });
}

void DeviceManager::show_problems(DeviceController& controller,
                                  const std::vector<NameProblem>& problems) {
    std::unordered_map<PublicKey, std::vector<Problem>> by_peer;
    controller.unresolved.clear();
    for (const auto& [peer, problem, is_new] : problems) {
        if (is_new)
            log_problems(controller.model.name(), {problem}, {}, is_peer_of(controller.model));
        by_peer[peer].push_back(problem);
        controller.unresolved.push_back(problem);
    }
    complete(controller);
    publish(controller, controller.model.set_peer_notices(by_peer));
    refresh_notices(controller);
}

void DeviceManager::ask_names() {
    if (asks_names_)
        return; // an answer that came before its question returned: the loop below goes on
    asks_names_ = true;
    while (const auto host = names_.next_question())
        resolver_.resolve(*host, [this, host = *host](const NameAnswer& answer) {
            names_.answer(host, answer, sd::boottime_now());
            ask_names();
            if (!std::exchange(answers_wait_, true))
                arm(sd::boottime_now() + answers_gather);
        });
    asks_names_ = false;
}

} // namespace wgnl::daemon
