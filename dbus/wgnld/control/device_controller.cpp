// SPDX-License-Identifier: LGPL-2.1-or-later
// Inputs of one device, and what follows from them.
#include "device_controller.hpp"

#include <algorithm>
#include <utility>

#include "events.hpp"

namespace wgnl::daemon {

namespace {

Moment this_moment() { return {sd::boottime_now(), sd::realtime_now()}; }

bool same_link(const std::optional<Link>& a, const Link& b) {
    return a && a->ifindex == b.ifindex && a->link_generation == b.link_generation;
}

bool is_ours(const std::optional<SourceDeclaration>& declared) {
    return declared && declared->declaration->mode == Mode::own;
}

} // namespace

DeviceController::DeviceController(std::string name, const Services& services, bool shows_foreign,
                                   Calls calls)
    : model_(std::move(name)), publication_(services.publisher, shows_foreign),
      handshakes_(services.handshakes), host_(services.host), calls_(std::move(calls)) {
    note_handshakes({}, {});
}

void DeviceController::input(DeviceEvent event, Boottime now) {
    switch (event) {
    case DeviceEvent::changed:
        reads_.ask();
        break;
    case DeviceEvent::routes_changed:
        reads_.look_at_routes();
        break;
    case DeviceEvent::network_changed:
        if (declared_)
            reconciles_.want();
        break;
    case DeviceEvent::owner_active:
        owner_.set_active(now + alert);
        reads_.ask(true);
        reads_.hurry_until(now + alert);
        break;
    case DeviceEvent::network_manager_active:
        if (declared_ && declared_->source == Source::network_manager)
            reads_.hurry_until(now + alert);
        break;
    case DeviceEvent::owner_done:
        reconciles_.link().owner_done();
        break;
    case DeviceEvent::owner_spoke: // its state file follows within a moment, as looking at it does
        if (owner_.unsaid())
            reconciles_.want();
        break;
    case DeviceEvent::resumed:
        publish(model_.settled().renew(now));
        reads_.ask(true);
        break;
    case DeviceEvent::compare:
        reads_.ask(true);
        break;
    case DeviceEvent::reconcile:
        reconciles_.confirm();
        repairs_.release();
        reconciles_.link().owner_done();
        reads_.hurry_until(now + alert); // whoever asks may not be through yet
        reconciles_.want();
        break;
    }
    calls_.wake();
}

void DeviceController::input(const std::optional<Link>& link, Boottime now) {
    if (!link)
        return lose(now);
    const auto& known = model().link();
    const bool is_new = !same_link(known, *link);
    if (is_new) {
        reconciles_.link().start(now);
        owner_.set_unsaid(false);
        host_.ask_owner(link->ifindex);
        if (is_ours(declared_))
            reconciles_.link().owner_done();
        if (declared_)
            reconciles_.want();
        if (!reads_.under_way())
            reads_.ask_at_once();
    }
    if (is_new || known->up != link->up)
        reads_.ask(true); // the kernel drops routes without a word when a link goes down
    calls_.wake();
}

void DeviceController::lose(Boottime now) {
    const auto update = model_.settled().lose(this_moment());
    outside_.trouble.clear();
    log_link_gone(model().name());
    publish(update);
    if (!reads_.under_way())
        reads_.answer();
    if (is_ours(declared_) &&
        repairs_.evaluate({{Difference::Aspect::presence, {}}}, false, false, now))
        reconciles_.want();
    calls_.wake();
}

void DeviceController::input(ReadResult result) {
    const auto now = sd::boottime_now();
    if (!result.reading) {
        if (result.error && result.error->code() == Errc::not_found && model().link()) {
            lose(now);
        } else { // what is known stays, and grows older
            reads_.failed();
            publish(model_.settled().judge_at(now));
        }
        reads_.end();
        return calls_.wake();
    }
    auto reading = *std::exchange(result.reading, std::nullopt);
    auto& settles = reconciles_.link();
    reads_.cost(reading.cost);
    owner_.set_file(result.netdev_file);
    outside_.trouble = result.error ? result.error->to_string() : std::string();
    if (!same_link(model_.settled().link(), reading.link) && model().link())
        settles.start(reading.at.boot);
    settles.take(reading);
    if (!settles.settled(reading.at.boot))
        reads_.hurry_until(reading.at.boot + ReadSchedule::hurry * 2);
    model_.take(std::move(reading), false, [this, result](const DeviceUpdate& update) {
        judge_reading(result, update);
        reads_.end();
        calls_.wake();
    });
    calls_.wake();
}

void DeviceController::judge_reading(const ReadResult& result, const DeviceUpdate& update) {
    publish(update);
    reads_.looked(model().sampled_at().boot, model(), update.suspected);
    note_handshakes(model().sampled_at(), update);
    if (result.error || !declared_ || declared_->declaration->mode == Mode::observe)
        return;
    const auto now = sd::boottime_now();
    // What is under way may be newer than the reading, but for peers that were reset.
    const bool repairs = reconciles_.busy(now) ? update.reset
                                               : repairs_.evaluate(result.differences, update.reset,
                                                                   owner_.active(now), now);
    if (repairs)
        reconciles_.want();
}

/// A reading that began at `at` showed new handshakes, or none.
void DeviceController::note_handshakes(Moment at, const DeviceUpdate& update) {
    auto& its = model_.settled();
    its.count_missed(
        handshakes_.found(model().name(), at.boot, update.handshakes, sd::boottime_now()));
    const bool polls = handshakes_.misses(model().name());
    publish(its.set_event_source(polls ? EventSource::polling : EventSource::packets));
    reads_.set_polling(polls && its.properties().up && its.peers().size() > 0);
}

void DeviceController::input(const NameNews& news) {
    if (news.resolved) {
        reconciles_.want();
        calls_.wake();
    }
    if (!news.problems)
        return;
    std::unordered_map<PublicKey, std::vector<Problem>> by_peer;
    outside_.names.clear();
    for (const auto& [peer, problem, is_new] : *news.problems) {
        if (is_new)
            log_problems(model().name(), {problem}, {}, is_peer_of(model()));
        by_peer[peer].push_back(problem);
        outside_.names.push_back(problem);
    }
    publish(model_.settled().set_peer_notices(by_peer));
    refresh_notices(sd::boottime_now());
}

void DeviceController::input(const SourceDeclaration& declared, DeclaredDevice summary, bool is_new,
                             bool confirmed) {
    declared_ = declared;
    if (is_new)
        repairs_.release();
    if (confirmed)
        reconciles_.confirm();
    model_.declare(std::move(summary), [this](const DeviceUpdate& update) {
        publish(update);
        reconciles_.want();
        calls_.wake();
    });
    publish({}); // one of many peers is on the bus before they are
    refresh_notices(sd::boottime_now());
    calls_.wake();
}

void DeviceController::undeclare() {
    declared_.reset();
    repairs_.accept({});
    reconciles_.withdraw_confirmation();
    input(NameNews{.problems = std::vector<NameProblem>()});
    publish(model_.settled().undeclare());
    refresh_notices(sd::boottime_now());
    calls_.wake();
}

std::optional<ReconcileRequest>
DeviceController::begin_reconcile(std::unordered_map<std::string, Endpoint> resolved,
                                  Boottime now) {
    reconciles_.begin();
    if (!declared_) {
        reconciles_.end(true, now);
        return std::nullopt;
    }
    const auto& [source, origin, declaration, covered] = *declared_;
    ReconcileRequest request{.declared = declaration,
                             .from = {std::string(to_string(source)), origin},
                             .left_alone = repairs_.left_alone(now),
                             .live_fwmark = model().properties().fwmark,
                             .adopt_userspace_device =
                                 std::exchange(adopt_userspace_device_, false)};
    if (source == Source::networkd && declaration->mode == Mode::sync)
        request.of_networkd = host_.hides_netdev_files() ? Ownership::by_state : Ownership::by_file;
    request.options.policy.confirmed = reconciles_.confirmed();
    request.options.policy.resolved = std::move(resolved);
    request.options.policy.remembered = model_.amid_pieces().begin_restore();
    request.options.allow_userspace = !host_.starts_units();
    return request;
}

void DeviceController::input(std::shared_ptr<const Declaration> declared, ReconcileResult result) {
    const auto judge = [this, declared](const ReconcileResult& taken) {
        if (declared_ && declared_->declaration == declared)
            judge_result(taken);
        else
            reconciles_.end(true, {}); // withdrawn or replaced meanwhile
        calls_.wake();
    };
    if (!result.reading)
        return judge(result);
    auto reading = *std::exchange(result.reading, std::nullopt);
    const auto at = reading.at;
    reads_.read_beside(at.boot);
    model_.take(std::move(reading), true, [this, judge, result, at](const DeviceUpdate& update) {
        publish(update);
        note_handshakes(at, update);
        const auto now = sd::boottime_now();
        if (update.reset && repairs_.evaluate({}, true, owner_.active(now), now))
            reconciles_.want();
        judge(result);
    });
    calls_.wake();
}

void DeviceController::judge_result(const ReconcileResult& result) {
    const auto now = sd::boottime_now();
    const bool ok = result.ok && !result.error;
    const bool applied = ok && result.link_exists;
    repairs_.accept(result.left);
    model_.amid_pieces().end_restore(applied);
    if (applied)
        reconciles_.withdraw_confirmation();
    if (start_userspace(result) || await_owner(result, now))
        return;
    reconciles_.end(ok, now);
    const bool same = result.drift.empty() && result.left.empty();
    SyncStatus status{applied && same, result.drift, result.problems, result.steps};
    if (result.error)
        status.problems.push_back({Severity::error, {}, result.error->to_string()});
    log_applied(*declared_, result, model().properties().sync_status.problems);
    publish(model_.amid_pieces().set_sync_status(std::move(status)));
    refresh_notices(now);
    publication_.applied(model(), ok);
}

bool DeviceController::start_userspace(const ReconcileResult& result) {
    if (!result.error || result.error->code() != Errc::unsupported || !is_ours(declared_) ||
        !host_.starts_units())
        return false;
    host_.start_userspace(model().name(),
                          [this, declared = declared_->declaration](Result<void> started) {
                              if (!started)
                                  return input(declared, ReconcileResult{.error = started.error()});
                              adopt_userspace_device_ = true;
                              reconciles_.end(true, {});
                              reconciles_.want();
                              calls_.wake();
                          });
    return true;
}

/// Whether there is nothing to be said of an attempt, because networkd is still to say whose the
/// link is: it is tried again when it does, and from time to time.
bool DeviceController::await_owner(const ReconcileResult& result, Boottime now) {
    owner_.set_unsaid(result.owner_unsaid);
    owner_.watch(declared_ ? &*declared_ : nullptr, model().link().has_value(),
                 host_.names_netdev_files(), now);
    if (!owner_.waits(now))
        return false;
    reconciles_.postpone(now);
    publish(model_.amid_pieces().set_sync_status({}));
    refresh_notices(now);
    return true;
}

void DeviceController::refresh_notices(Boottime now) {
    const auto* declared = declared_ ? &*declared_ : nullptr;
    const auto obstacles = calls_.obstacles();
    std::vector<Problem> notices;
    if (!outside_.trouble.empty())
        notices.push_back({Severity::error, {}, outside_.trouble});
    std::ranges::copy(repairs_.problems(model().name(), now), std::back_inserter(notices));
    owner_.watch(declared, model().link().has_value(), host_.names_netdev_files(), now);
    if (declared)
        if (auto problem = owner_.problem(*declared->declaration, now))
            notices.push_back(*std::move(problem));
    std::ranges::copy(obstacles.problems, std::back_inserter(notices));
    log_problems(model().name(), notices, model().notices(), is_peer_of(model()));
    std::ranges::copy(outside_.names, std::back_inserter(notices));
    publish(model_.amid_pieces().set_notices(std::move(notices), !obstacles.port_is_taken));
}

void DeviceController::publish(const DeviceUpdate& update) {
    const auto& link = model().link();
    handshakes_.set_link(model().name(),
                         link ? std::optional(model().properties().listen_port) : std::nullopt);
    publication_.publish(model(), update);
}

std::optional<Boottime> DeviceController::read_due(Boottime now) const {
    return reads_.due(model(), handshakes_.look_at(model().name()), now);
}

std::optional<Boottime> DeviceController::due(Boottime now) const {
    return earlier(earlier(reconciles_.due(now), repairs_.due(now)), owner_.due(now));
}

bool DeviceController::await_counters(bool behind, Boottime now, std::function<void()> done) {
    if (!DeviceReads::dated(model(), now))
        return false;
    const bool waits = reads_.await(behind, now, std::move(done));
    calls_.wake();
    return waits;
}

bool DeviceController::unused() const {
    return !model().exists() && !reads_.pending() && !reconciles_.under_way();
}

} // namespace wgnl::daemon
