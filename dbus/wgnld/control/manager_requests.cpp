// SPDX-License-Identifier: LGPL-2.1-or-later
// The manager's hands: declarations taken in, reconciled, withdrawn; results published.
#include "device_manager.hpp"

#include <algorithm>

#include "events.hpp"

namespace wgnl::daemon {

DeclarationRegistry::Answer DeviceManager::declare(const SourceDeclaration& entry,
                                                   DeclaredDevice summary) {
    const auto device = entry.declaration->device;
    const auto* before = registry_.find(device);
    const auto old_problems = before ? before->declaration->problems : std::vector<Problem>{};
    const auto problems = entry.declaration->problems;
    auto& its = controller(device);
    const auto most = config_.allow_default_route ? std::nullopt : std::optional(most_of_all);
    const auto result = registry_.declare(entry, most);
    if (result == DeclarationRegistry::Answer::refused ||
        result == DeclarationRegistry::Answer::too_much) {
        refresh_notices(its);
        drop_unused(device);
        return result;
    }
    if (result != DeclarationRegistry::Answer::unchanged) {
        log_declared(entry);
        if (entry.source == Source::command) // an adapter has said them, each with its line
            log_problems(device, problems, old_problems, is_peer_of(*entry.declaration));
        its.repairs.release();
    }
    its.confirmed = its.confirmed || result == DeclarationRegistry::Answer::changed;
    names_.declare(*entry.declaration, summary.named);
    complete(its);
    its.model.begin_declare(std::move(summary));
    take_in(its, [this, &its](const DeviceUpdate& update) {
        publish(its, update);
        its.want();
        schedule_now();
    });
    publish(its, {}); // one of many peers is on the bus before they are
    refresh_notices(its);
    return result;
}

void DeviceManager::retain(Source source, const std::vector<std::string>& keep) {
    for (const auto& device : registry_.retain(source, keep)) {
        forget_declaration(device);
        carry_out_withdrawal(device, nullptr);
    }
    withdraw_recorded(source, keep);
    schedule_now();
}

/// What the records name of this source and it does not. Where that cannot be found out, or be
/// carried out, it is tried again with the next beat.
void DeviceManager::withdraw_recorded(Source source, const std::vector<std::string>& keep) {
    auto spared = registry_.devices();
    spared.insert(spared.end(), keep.begin(), keep.end());
    submit([this, spared, source, keep](Worker::Context& context) -> Worker::Completion {
        auto devices = recorded_devices(context, to_string(source));
        if (!devices)
            return [this, source, keep, error = devices.error()] {
                log_failure("", error);
                unfinished_.insert_or_assign(source, keep);
            };
        std::erase_if(*devices, [&](const std::string& device) {
            return std::ranges::find(spared, device) != spared.end();
        });
        return [this, devices = *devices] {
            for (const auto& device : devices)
                if (!registry_.find(device))
                    carry_out_withdrawal(device, nullptr);
        };
    });
}

void DeviceManager::try_again() {
    for (const auto& [source, keep] : std::exchange(unfinished_, {}))
        withdraw_recorded(source, keep);
    for (const auto& device : std::exchange(unwithdrawn_, {}))
        if (!registry_.find(device))
            carry_out_withdrawal(device, nullptr);
}

void DeviceManager::withdraw(Source source, const std::string& device, Done done) {
    if (registry_.withdraw(source, device)) {
        forget_declaration(device);
        return carry_out_withdrawal(device, std::move(done));
    }
    submit([this, device, done = std::move(done),
            name = std::string(to_string(source))](Worker::Context& context) -> Worker::Completion {
        const auto devices = recorded_devices(context, name);
        if (!devices)
            return [done, error = devices.error()] { done(std::unexpected(error)); };
        const bool recorded = std::ranges::find(*devices, device) != devices->end();
        return [this, device, done, recorded] {
            if (recorded && !registry_.find(device))
                return carry_out_withdrawal(device, done);
            done(fail(Errc::not_found, "withdraw " + device, "you have not declared it"));
        };
    });
}

void DeviceManager::forget_declaration(const std::string& device) {
    auto& its = controller(device);
    its.accept({});
    its.confirmed = false;
    names_.forget(device);
    complete(its);
    show_problems(its, {});
    publish(its, its.model.undeclare());
    refresh_notices(its);
}

void DeviceManager::carry_out_withdrawal(const std::string& device, Done done) {
    submit([this, device, done = std::move(done)](Worker::Context& context) -> Worker::Completion {
        return [this, device, done, error = withdraw_device(context, device)] {
            log_withdrawn(device, error);
            if (error)
                unwithdrawn_.insert(device);
            if (auto* controller = known(device))
                controller->schedule.ask();
            survey_schedule_.ask();
            drop_unused(device);
            if (done)
                done(error ? Result<void>(std::unexpected(*error)) : Result<void>());
            schedule_now();
        };
    });
}

bool DeviceManager::reconcile(const std::string& device) {
    auto* controller = known(device);
    if (!controller || !registry_.find(device))
        return false;
    controller->confirmed = true;
    controller->repairs.release();
    controller->settle_timer.owner_done();
    controller->schedule.hurry_until(sd::boottime_now() +
                                     alert); // whoever asks may not be through yet
    controller->want();
    schedule_now();
    return true;
}

void DeviceManager::begin_reconcile(DeviceController& controller) {
    const auto* entry = registry_.find(controller.model.name());
    controller.reconcile_begun();
    if (!entry)
        return controller.reconcile_ended(true, {});
    submit([this, entry = *entry, request = request_for(controller, *entry)](
               Worker::Context& context) -> Worker::Completion {
        return [this, entry,
                result = std::make_shared<ReconcileResult>(reconcile_device(context, request))] {
            take_result(entry, result);
        };
    });
}

ReconcileRequest DeviceManager::request_for(DeviceController& controller,
                                            const SourceDeclaration& entry) {
    ReconcileRequest request{.declared = entry.declaration,
                             .from = {std::string(to_string(entry.source)), entry.origin},
                             .left_alone = controller.repairs.engaged(sd::boottime_now()),
                             .live_fwmark = controller.model.properties().fwmark,
                             .adopt_userspace_device =
                                 std::exchange(controller.adopt_userspace_device, false)};
    if (entry.source == Source::networkd && entry.declaration->mode == Mode::sync)
        request.of_networkd = host_.hides_netdev_files() ? Ownership::by_state : Ownership::by_file;
    request.options.policy.confirmed = controller.confirmed;
    request.options.policy.resolved =
        names_.resolved(entry.declaration->device, sd::boottime_now());
    request.options.policy.remembered = controller.model.begin_restore();
    request.options.allow_userspace = !host_.starts_units();
    return request;
}

void DeviceManager::take_result(const SourceDeclaration& entry,
                                const std::shared_ptr<ReconcileResult>& result) {
    auto* controller = known(entry.declaration->device);
    if (!controller)
        return;
    if (!result->reading)
        return reconcile_result_taken(*controller, entry, *result);
    complete(*controller);
    const auto at = result->reading->at;
    controller->schedule.begun(at.boot);
    controller->model.begin_take(*std::exchange(result->reading, std::nullopt), true);
    take_in(*controller, [this, controller, entry, result, at](const DeviceUpdate& update) {
        publish(*controller, update);
        note_handshakes(*controller, at, update.handshakes);
        const auto now = sd::boottime_now();
        if (update.reset && controller->evaluate({}, true, now < owner_active_until_, now))
            controller->want();
        reconcile_result_taken(*controller, entry, *result);
    });
}

void DeviceManager::reconcile_result_taken(DeviceController& controller,
                                           const SourceDeclaration& entry,
                                           const ReconcileResult& result) {
    const auto device = entry.declaration->device;
    const auto* current = registry_.find(device);
    if (!current || current->declaration != entry.declaration)
        controller.reconcile_ended(true, {}); // withdrawn or replaced meanwhile
    else
        judge_result(controller, entry, result);
    drop_unused(device);
    schedule_now();
}

void DeviceManager::judge_result(DeviceController& controller, const SourceDeclaration& entry,
                                 const ReconcileResult& result) {
    const auto now = sd::boottime_now();
    const bool ok = result.ok && !result.error;
    controller.accept(result.left);
    names_.set_edited(entry.declaration->device, result.unresolved);
    controller.model.end_restore(ok && result.link_exists);
    if (ok && result.link_exists)
        controller.confirmed = false;
    if (start_userspace(entry, result) || await_owner(controller, result))
        return;
    controller.reconcile_ended(ok, now);
    const bool same = result.drift.empty() && result.left.empty();
    SyncStatus sync_status{ok && result.link_exists && same, result.drift, result.problems,
                           result.steps};
    if (result.error)
        sync_status.problems.push_back({Severity::error, {}, result.error->to_string()});
    log_applied(entry, result, controller.model.properties().sync_status.problems);
    publish(controller, controller.model.set_sync_status(std::move(sync_status)));
    refresh_notices(controller);
    if (controller.exported)
        publisher_.applied(controller.model, ok);
}

bool DeviceManager::start_userspace(const SourceDeclaration& entry, const ReconcileResult& result) {
    if (!result.error || result.error->code() != Errc::unsupported ||
        entry.declaration->mode != Mode::own || !host_.starts_units())
        return false;
    host_.start_userspace(entry.declaration->device, [this, entry](Result<void> started) {
        auto* its = known(entry.declaration->device);
        if (!its)
            return;
        if (!started) {
            judge_result(*its, entry, ReconcileResult{.error = started.error()});
        } else {
            its->adopt_userspace_device = true;
            its->reconcile_ended(true, {});
            its->want();
        }
        schedule_now();
    });
    return true;
}

void DeviceManager::publish(DeviceController& controller, const DeviceUpdate& update) {
    const bool visible = controller.model.exists() && shows(controller.model);
    if (std::ranges::any_of(update.properties, [](std::string_view name) {
            return name == "ListenPort" || name == "InterfaceIndex";
        }))
        strange_ports_.clear();
    if (visible && !controller.exported) {
        controller.exported = true;
        log_states(controller.model, update);
        return publisher_.appeared(controller.model);
    }
    if (!visible && controller.exported) {
        controller.exported = false;
        return publisher_.vanished(controller.model);
    }
    if (!visible)
        return;
    log_states(controller.model, update);
    publisher_.changed(controller.model, update);
}

bool DeviceManager::shows(const DeviceModel& model) const {
    return model.declared() || config_.observe_foreign != ObserveForeign::no;
}

DeviceController& DeviceManager::controller(const std::string& device) {
    auto& its = controllers_[device];
    if (!its) {
        its = std::make_unique<DeviceController>(device);
        choose_event_source(*its);
    }
    return *its;
}

DeviceController* DeviceManager::known(const std::string& device) {
    const auto found = controllers_.find(device);
    return found == controllers_.end() ? nullptr : found->second.get();
}

void DeviceManager::drop_unused(const std::string& device) {
    const auto* its = known(device);
    if (its && !its->model.exists() && !its->reading && !its->reconciling)
        controllers_.erase(device);
}

const DeviceModel* DeviceManager::find(const std::string& device) const {
    const auto found = controllers_.find(device);
    return found != controllers_.end() && found->second->exported ? &found->second->model : nullptr;
}

std::vector<const DeviceModel*> DeviceManager::devices() const {
    std::vector<const DeviceModel*> visible;
    for (const auto& [name, controller] : controllers_)
        if (controller->exported)
            visible.push_back(&controller->model);
    return visible;
}

} // namespace wgnl::daemon
