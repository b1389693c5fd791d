// SPDX-License-Identifier: LGPL-2.1-or-later
// The keeper and the owner of links: when it acts, and what it has not done.
#include "keeper.hpp"

#include "events.hpp"
#include "model/taken_port.hpp"

namespace wgnl::daemon {

void Keeper::owner_acts() {
    const auto now = sd::boottime_now();
    owner_acts_until_ = now + alert;
    survey_pace_.hurry_until(owner_acts_until_);
    for (auto& [name, charge] : charges_) {
        charge->pace.ask();
        charge->look_at_routes = true;
        charge->pace.hurry_until(owner_acts_until_);
    }
    soon();
}

void Keeper::network_manager_acts() {
    const auto until = sd::boottime_now() + alert;
    for (auto& [name, charge] : charges_) {
        const auto* claim = book_.find(name);
        if (claim && claim->source == Source::network_manager)
            charge->pace.hurry_until(until);
    }
    soon();
}

void Keeper::owner_done(std::uint32_t ifindex) {
    for (auto& [name, charge] : charges_)
        if (charge->model.link() && charge->model.link()->ifindex == ifindex)
            charge->settling.owner_done();
    soon();
}

/// Its state file follows what it says within a moment, which looking at it takes as well.
void Keeper::owner_speaks(std::uint32_t ifindex) {
    for (auto& [name, charge] : charges_)
        if (charge->owner_unsaid && charge->model.link() &&
            charge->model.link()->ifindex == ifindex)
            charge->want();
    soon();
}

/// Whether there is nothing to be said of an attempt, because networkd is still to say whose the
/// link is: it is tried again when it does, and from time to time.
bool Keeper::await_owner(Charge& charge, const Report& report) {
    const auto now = sd::boottime_now();
    charge.owner_unsaid = report.owner_unsaid;
    watch_owner(charge, now);
    if (!report.owner_unsaid || !charge.owner.due(now))
        return false;
    charge.reconcile_postponed(now);
    publish(charge, charge.model.set_verdict({}));
    refresh_notices(charge);
    return true;
}

/// Whether networkd has what its files declare, as far as it tells.
void Keeper::watch_owner(Charge& charge, Boottime now) {
    using Lack = OwnerWatch::Lack;
    const auto* claim = book_.find(charge.model.name());
    const bool is_its =
        claim && claim->source == Source::networkd && claim->declaration->mode == Mode::sync;
    auto lack = Lack::nothing;
    if (is_its && !charge.model.link())
        lack = Lack::device;
    else if (is_its && charge.owner_unsaid)
        lack = Lack::word;
    else if (is_its && surroundings_.names_netdev_files() && charge.netdev_file)
        lack = charge.netdev_file->empty() ? Lack::file : Lack::nothing;
    charge.owner.take(lack, now);
}

std::optional<Problem> Keeper::taken_port(const Charge& charge) const {
    const auto* claim = book_.find(charge.model.name());
    if (!claim || charge.model.face().up)
        return std::nullopt;
    std::vector<const DeviceModel*> all;
    for (const auto& [name, other] : charges_)
        all.push_back(&other->model);
    return daemon::taken_port(charge.model, claim->declaration->location, claim->declaration->mode,
                              all);
}

void Keeper::refresh_notices(Charge& charge) {
    const auto now = sd::boottime_now();
    const auto& device = charge.model.name();
    auto notices = charge.notices(now);
    const auto conflicts = book_.conflicts(device);
    notices.insert(notices.end(), conflicts.begin(), conflicts.end());
    watch_owner(charge, now);
    if (const auto* claim = book_.find(device))
        if (auto problem = charge.owner.problem(*claim->declaration, now))
            notices.push_back(*std::move(problem));
    const auto taken = taken_port(charge);
    if (taken)
        notices.push_back(*taken);
    log_problems(device, notices, charge.model.notices(), is_peer_of(charge.model));
    notices.insert(notices.end(), charge.unresolved.begin(), charge.unresolved.end());
    publish(charge, charge.model.set_notices(std::move(notices), !taken));
}

} // namespace wgnl::daemon
