// SPDX-License-Identifier: LGPL-2.1-or-later
// Ticks: surveys, readings and reconciliations begun when they are due.
#include "device_manager.hpp"

#include <algorithm>
#include <utility>

#include "events.hpp"
#include "jobs.hpp"
#include "model/taken_port.hpp"

namespace wgnl::daemon {

namespace {

/// A reading that is due within this time is left to the worker's own timer: one who sleeps less to
/// be woken.
constexpr std::chrono::nanoseconds ahead = std::chrono::milliseconds(20);

} // namespace

DeviceManager::DeviceManager(const Parts& parts, std::function<double()> jitter, Config config)
    : host_(parts.host), publisher_(parts.publisher), config_(std::move(config)),
      jobs_(parts.worker),
      withdrawals_(jobs_, registry_,
                   [this](const std::string& device) {
                       survey_.ask();
                       if (auto* its = known(device))
                           its->input(DeviceEvent::changed, sd::boottime_now());
                       clock_.arm(sd::boottime_now());
                   }),
      handshakes_(parts.handshakes),
      endpoints_(
          parts.resolver, std::move(jitter),
          [this](const std::string& device, std::vector<EndpointMove> moves) {
              move_endpoints(jobs_, device, std::move(moves), [this, device] {
                  if (auto* its = known(device))
                      its->input(DeviceEvent::changed, sd::boottime_now());
              });
          },
          [this](Boottime at) { clock_.arm(at); }) {}

Result<void> DeviceManager::start(sd_event* event, std::function<void()> ready) {
    survey_.set_ready(std::move(ready));
    survey_.ask();
    return clock_.start(
        event, [this](Boottime now) { tick(now); },
        [this] {
            const auto found = std::ranges::find_if(
                controllers_, [](const auto& entry) { return entry.second->in_pieces(); });
            if (found == controllers_.end())
                return;
            clock_.arm_pieces();
            found->second->advance();
            check_ready();
        });
}

void DeviceManager::set_pulse(std::chrono::nanoseconds every, std::function<void()> beat) {
    clock_.set_pulse(every, [this, beat = std::move(beat)] {
        beat();
        withdrawals_.try_again();
        tell_all(DeviceEvent::compare);
    });
}

DeviceController& DeviceManager::controller(const std::string& device) {
    auto& its = controllers_[device];
    if (!its) {
        its = std::make_unique<DeviceController>(
            device, DeviceController::Services{publisher_, handshakes_, host_},
            config_.observe_foreign != ObserveForeign::no,
            DeviceController::Calls{.wake =
                                        [this, device] {
                                            if (const auto* woken = known(device);
                                                woken && woken->in_pieces())
                                                clock_.arm_pieces();
                                            clock_.arm(sd::boottime_now());
                                        },
                                    .obstacles = [this, device] { return obstacles(device); }});
        if (owner_active_until_ > sd::boottime_now())
            its->input(DeviceEvent::owner_active, owner_active_until_ - DeviceController::alert);
    }
    return *its;
}

DeviceController* DeviceManager::known(const std::string& device) {
    const auto found = controllers_.find(device);
    return found == controllers_.end() ? nullptr : found->second.get();
}

void DeviceManager::tick(Boottime now) {
    handshakes_.update(now);
    if (const auto at = survey_.due(now); at && *at <= now)
        survey(now);
    for (auto& [name, controller] : controllers_)
        update(*controller, now);
    endpoints_.ask(now);
    std::erase_if(controllers_, [this](const auto& entry) {
        if (entry.second->unused())
            handshakes_.forget(entry.first);
        return entry.second->unused();
    });
    schedule(sd::boottime_now());
}

void DeviceManager::update(DeviceController& controller, Boottime now) {
    const auto& model = controller.model();
    if (const auto at = controller.read_due(now); at && *at <= now + ahead)
        read(controller, *at);
    if (controller.reconciles().ready(now))
        begin_reconcile(controller, now);
    controller.input(endpoints_.update(model, !controller.reconciles().busy(now), now));
    controller.update(now);
}

DeviceController::Obstacles DeviceManager::obstacles(const std::string& device) {
    DeviceController::Obstacles found{.problems = registry_.conflicts(device)};
    const auto* declared = registry_.find(device);
    const auto* its = known(device);
    if (!declared || !its || its->model().properties().up)
        return found;
    std::vector<const DeviceModel*> all;
    for (const auto& [name, other] : controllers_)
        all.push_back(&other->model());
    if (auto taken = taken_port(its->model(), declared->declaration->location,
                                declared->declaration->mode, all)) {
        found.problems.push_back(*std::move(taken));
        found.port_is_taken = true;
    }
    return found;
}

/// Not within a tick: who is told takes its time, and ticks are paced by what they take.
void DeviceManager::check_ready() {
    survey_.check_ready(std::ranges::any_of(
        controllers_, [](const auto& entry) { return entry.second->reading(); }));
}

/// One timer for everything that comes by itself; none, if nothing does.
void DeviceManager::schedule(Boottime now) {
    auto next = earlier(survey_.due(now), handshakes_.due());
    for (const auto& [name, controller] : controllers_)
        next = earlier(next, earlier(controller->read_due(now), controller->due(now)));
    next = earlier(next, endpoints_.due(now));
    if (next)
        clock_.arm(*next);
}

void DeviceManager::survey(Boottime now) {
    survey_.begin(now);
    jobs_.read(now, now, [this](Worker::Context& context) -> Worker::Completion {
        return [this, survey = survey_links(context)] {
            if (survey.links)
                take_links(*survey.links);
            const auto trouble = survey.links ? "" : survey.links.error().to_string();
            if (survey_.end(survey.cost, trouble))
                log_failure("", survey.links.error());
            clock_.arm(sd::boottime_now());
            check_ready();
        };
    });
}

void DeviceManager::take_links(const std::vector<Link>& links) {
    const auto now = sd::boottime_now();
    for (const auto& link : links)
        controller(link.name).input(link, now);
    for (const auto& [name, controller] : controllers_)
        if (controller->model().link() &&
            std::ranges::find(links, name, &Link::name) == links.end())
            controller->input(std::nullopt, now);
}

/// Reads the device at that time; at once if it is past.
void DeviceManager::read(DeviceController& controller, Boottime at) {
    const auto now = sd::boottime_now();
    const auto& device = controller.model().name();
    const auto* declared = registry_.find(device);
    const bool routes = controller.begin_read(std::max(at, now));
    jobs_.read(at, now,
               [this, device, routes, declared = declared ? declared->declaration : nullptr](
                   Worker::Context& context) -> Worker::Completion {
                   return [this, device,
                           result = std::make_shared<ReadResult>(
                               read_device(context, device, declared, routes))] {
                       if (auto* its = known(device))
                           its->input(std::move(*result));
                       check_ready();
                   };
               });
}

void DeviceManager::begin_reconcile(DeviceController& controller, Boottime now) {
    const auto& device = controller.model().name();
    auto request = controller.begin_reconcile(endpoints_.resolved(device, now), now);
    if (!request)
        return;
    jobs_.write([this, device,
                 request = *std::move(request)](Worker::Context& context) -> Worker::Completion {
        return [this, device, declaration = request.declared,
                result = std::make_shared<ReconcileResult>(reconcile_device(context, request))] {
            const auto* declared = registry_.find(device);
            if (declared && declared->declaration == declaration)
                endpoints_.set_edited(device, result->unresolved);
            if (auto* its = known(device))
                its->input(declaration, std::move(*result));
        };
    });
}

bool DeviceManager::await_counters(const std::string& device, std::function<void()> done) {
    auto* its = known(device);
    return its && its->await_counters(jobs_.writing(), sd::boottime_now(), std::move(done));
}

const DeviceModel* DeviceManager::find(const std::string& device) const {
    const auto found = controllers_.find(device);
    return found != controllers_.end() && found->second->visible() ? &found->second->model()
                                                                   : nullptr;
}

std::vector<const DeviceModel*> DeviceManager::devices() const {
    std::vector<const DeviceModel*> visible;
    for (const auto& [name, controller] : controllers_)
        if (controller->visible())
            visible.push_back(&controller->model());
    return visible;
}

} // namespace wgnl::daemon
