// SPDX-License-Identifier: LGPL-2.1-or-later
// The keeper's hands: declarations taken in, reconciled, withdrawn; results published.
#include "keeper.hpp"

#include <algorithm>

#include "events.hpp"

namespace wgnl::daemon {

DeclarationBook::Entry Keeper::declare(const Claim& claim, DeclaredDevice face) {
    const auto device = claim.declaration->device;
    const auto* before = book_.find(device);
    const auto old_problems = before ? before->declaration->problems : std::vector<Problem>{};
    const auto problems = claim.declaration->problems;
    auto& its = charge(device);
    const auto most = config_.allow_default_route ? std::nullopt : std::optional(most_of_all);
    const auto entry = book_.declare(claim, most);
    if (entry == DeclarationBook::Entry::refused || entry == DeclarationBook::Entry::too_much) {
        refresh_notices(its);
        drop_unused(device);
        return entry;
    }
    if (entry != DeclarationBook::Entry::unchanged) {
        log_declared(claim);
        if (claim.source == Source::command) // an adapter has said them, each with its line
            log_problems(device, problems, old_problems, is_peer_of(*claim.declaration));
        its.brake.release();
    }
    its.confirmed = its.confirmed || entry == DeclarationBook::Entry::changed;
    names_.declare(*claim.declaration, face.named);
    complete(its);
    its.model.begin_declare(std::move(face));
    take_in(its, [this, &its](const DeviceUpdate& update) {
        publish(its, update);
        its.want();
        soon();
    });
    publish(its, {}); // one of many peers is on the bus before they are
    refresh_notices(its);
    return entry;
}

void Keeper::retain(Source source, const std::vector<std::string>& keep) {
    for (const auto& device : book_.retain(source, keep)) {
        forget_declaration(device);
        carry_out_withdrawal(device, nullptr);
    }
    withdraw_recorded(source, keep);
    soon();
}

/// What the records name of this source and it does not. Where that cannot be found out, or be
/// carried out, it is tried again with the next beat.
void Keeper::withdraw_recorded(Source source, const std::vector<std::string>& keep) {
    auto spared = book_.devices();
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
                if (!book_.find(device))
                    carry_out_withdrawal(device, nullptr);
        };
    });
}

void Keeper::try_again() {
    for (const auto& [source, keep] : std::exchange(unfinished_, {}))
        withdraw_recorded(source, keep);
    for (const auto& device : std::exchange(unwithdrawn_, {}))
        if (!book_.find(device))
            carry_out_withdrawal(device, nullptr);
}

void Keeper::withdraw(Source source, const std::string& device, Done done) {
    if (book_.withdraw(source, device)) {
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
            if (recorded && !book_.find(device))
                return carry_out_withdrawal(device, done);
            done(fail(Errc::not_found, "withdraw " + device, "you have not declared it"));
        };
    });
}

void Keeper::forget_declaration(const std::string& device) {
    auto& its = charge(device);
    its.accept({});
    its.confirmed = false;
    names_.forget(device);
    complete(its);
    show_problems(its, {});
    publish(its, its.model.undeclare());
    refresh_notices(its);
}

void Keeper::carry_out_withdrawal(const std::string& device, Done done) {
    submit([this, device, done = std::move(done)](Worker::Context& context) -> Worker::Completion {
        return [this, device, done, error = withdraw_device(context, device)] {
            log_withdrawn(device, error);
            if (error)
                unwithdrawn_.insert(device);
            if (auto* charge = known(device))
                charge->pace.ask();
            survey_pace_.ask();
            drop_unused(device);
            if (done)
                done(error ? Result<void>(std::unexpected(*error)) : Result<void>());
            soon();
        };
    });
}

bool Keeper::reconcile(const std::string& device) {
    auto* charge = known(device);
    if (!charge || !book_.find(device))
        return false;
    charge->confirmed = true;
    charge->brake.release();
    charge->settling.owner_done();
    charge->pace.hurry_until(sd::boottime_now() + alert); // whoever asks may not be through yet
    charge->want();
    soon();
    return true;
}

void Keeper::begin_reconcile(Charge& charge) {
    const auto* claim = book_.find(charge.model.name());
    charge.reconcile_begun();
    if (!claim)
        return charge.reconcile_ended(true, {});
    submit([this, claim = *claim,
            order = order_for(charge, *claim)](Worker::Context& context) -> Worker::Completion {
        return [this, claim, report = std::make_shared<Report>(reconcile_device(context, order))] {
            take_report(claim, report);
        };
    });
}

Order Keeper::order_for(Charge& charge, const Claim& claim) {
    Order order{.declared = claim.declaration,
                .from = {std::string(to_string(claim.source)), claim.origin},
                .left_alone = charge.brake.engaged(sd::boottime_now()),
                .live_fwmark = charge.model.face().fwmark,
                .claim = std::exchange(charge.claim, false)};
    if (claim.source == Source::networkd && claim.declaration->mode == Mode::sync)
        order.of_networkd =
            surroundings_.hides_netdev_files() ? Ownership::by_state : Ownership::by_file;
    order.options.policy.confirmed = charge.confirmed;
    order.options.policy.resolved = names_.resolved(claim.declaration->device, sd::boottime_now());
    order.options.policy.remembered = charge.model.begin_restore();
    order.options.allow_userspace = !surroundings_.starts_units();
    return order;
}

void Keeper::take_report(const Claim& claim, const std::shared_ptr<Report>& report) {
    auto* charge = known(claim.declaration->device);
    if (!charge)
        return;
    if (!report->sample)
        return report_ended(*charge, claim, *report);
    complete(*charge);
    const auto at = report->sample->at;
    charge->pace.begun(at.boot);
    charge->model.begin_take(*std::exchange(report->sample, std::nullopt), true);
    take_in(*charge, [this, charge, claim, report, at](const DeviceUpdate& update) {
        publish(*charge, update);
        note_handshakes(*charge, at, update.handshakes);
        const auto now = sd::boottime_now();
        if (update.reset && charge->weigh({}, true, now < owner_acts_until_, now))
            charge->want();
        report_ended(*charge, claim, *report);
    });
}

void Keeper::report_ended(Charge& charge, const Claim& claim, const Report& report) {
    const auto device = claim.declaration->device;
    const auto* current = book_.find(device);
    if (!current || current->declaration != claim.declaration)
        charge.reconcile_ended(true, {}); // withdrawn or replaced meanwhile
    else
        judge_report(charge, claim, report);
    drop_unused(device);
    soon();
}

void Keeper::judge_report(Charge& charge, const Claim& claim, const Report& report) {
    const auto now = sd::boottime_now();
    const bool ok = report.ok && !report.error;
    charge.accept(report.left);
    names_.set_edited(claim.declaration->device, report.unresolved);
    charge.model.end_restore(ok && report.link_exists);
    if (ok && report.link_exists)
        charge.confirmed = false;
    if (start_userspace(claim, report) || await_owner(charge, report))
        return;
    charge.reconcile_ended(ok, now);
    const bool same = report.drift.empty() && report.left.empty();
    Verdict verdict{ok && report.link_exists && same, report.drift, report.problems, report.steps};
    if (report.error)
        verdict.problems.push_back({Severity::error, {}, report.error->to_string()});
    log_applied(claim, report, charge.model.face().verdict.problems);
    publish(charge, charge.model.set_verdict(std::move(verdict)));
    refresh_notices(charge);
    if (charge.exported)
        publisher_.applied(charge.model, ok);
}

bool Keeper::start_userspace(const Claim& claim, const Report& report) {
    if (!report.error || report.error->code() != Errc::unsupported ||
        claim.declaration->mode != Mode::own || !surroundings_.starts_units())
        return false;
    surroundings_.start_userspace(claim.declaration->device, [this, claim](Result<void> started) {
        auto* its = known(claim.declaration->device);
        if (!its)
            return;
        if (!started) {
            judge_report(*its, claim, Report{.error = started.error()});
        } else {
            its->claim = true;
            its->reconcile_ended(true, {});
            its->want();
        }
        soon();
    });
    return true;
}

void Keeper::publish(Charge& charge, const DeviceUpdate& update) {
    const bool shown = charge.model.exists() && shows(charge.model);
    if (std::ranges::any_of(update.properties, [](std::string_view name) {
            return name == "ListenPort" || name == "InterfaceIndex";
        }))
        strange_ports_.clear();
    if (shown && !charge.exported) {
        charge.exported = true;
        log_states(charge.model, update);
        return publisher_.appeared(charge.model);
    }
    if (!shown && charge.exported) {
        charge.exported = false;
        return publisher_.vanished(charge.model);
    }
    if (!shown)
        return;
    log_states(charge.model, update);
    publisher_.changed(charge.model, update);
}

bool Keeper::shows(const DeviceModel& model) const {
    return model.declared() || config_.observe_foreign != ObserveForeign::no;
}

Charge& Keeper::charge(const std::string& device) {
    auto& its = charges_[device];
    if (!its) {
        its = std::make_unique<Charge>(device);
        choose_event_source(*its);
    }
    return *its;
}

Charge* Keeper::known(const std::string& device) {
    const auto found = charges_.find(device);
    return found == charges_.end() ? nullptr : found->second.get();
}

void Keeper::drop_unused(const std::string& device) {
    const auto* its = known(device);
    if (its && !its->model.exists() && !its->reading && !its->reconciling)
        charges_.erase(device);
}

const DeviceModel* Keeper::find(const std::string& device) const {
    const auto found = charges_.find(device);
    return found != charges_.end() && found->second->exported ? &found->second->model : nullptr;
}

std::vector<const DeviceModel*> Keeper::devices() const {
    std::vector<const DeviceModel*> shown;
    for (const auto& [name, charge] : charges_)
        if (charge->exported)
            shown.push_back(&charge->model);
    return shown;
}

} // namespace wgnl::daemon
