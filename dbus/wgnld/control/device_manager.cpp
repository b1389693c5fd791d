// SPDX-License-Identifier: LGPL-2.1-or-later
// The manager's clock: surveys, readings, and what they show.
#include "device_manager.hpp"

#include <algorithm>

#include "events.hpp"

namespace wgnl::daemon {

namespace {

/// A reading that is due within this time is left to the worker's own timer: one who sleeps less to
/// be woken.
constexpr Boottime ahead = std::chrono::milliseconds(20);
/// So many peers are taken in at a time, so that the bus never waits.
constexpr std::size_t piece = 512;

Moment this_moment() { return {sd::boottime_now(), sd::realtime_now()}; }

bool same_link(const std::optional<Link>& a, const Link& b) {
    return a && a->ifindex == b.ifindex && a->creation == b.creation;
}

} // namespace

Result<void> DeviceManager::start(sd_event* event, std::function<void()> ready) {
    auto timer = sd::Timer::open(event, [this] { tick(); });
    if (!timer)
        return std::unexpected(timer.error());
    auto pieces = sd::DeferredCall::open(event, [this] { take_pieces(); });
    if (!pieces)
        return std::unexpected(pieces.error());
    timer_ = std::move(*timer);
    pieces_ = std::move(*pieces);
    ready_ = std::move(ready);
    survey_schedule_.ask();
    tick();
    return {};
}

void DeviceManager::set_pulse(Boottime every, std::function<void()> beat) {
    pulse_ = every;
    next_beat_ = sd::boottime_now() + every;
    beat_ = std::move(beat);
    schedule_now();
}

/// What is no reading: nobody waits for counters behind it.
void DeviceManager::submit(Worker::Job job) {
    ++writes_;
    worker_.submit([this, job = std::move(job)](Worker::Context& context) -> Worker::Completion {
        return [this, done = job(context)] {
            --writes_;
            done();
        };
    });
}

void DeviceManager::arm(Boottime at) {
    at = std::max(at, next_tick_);
    if (armed_ && *armed_ <= at)
        return;
    armed_ = at;
    timer_->arm(at);
}

void DeviceManager::tick() {
    const auto now = sd::boottime_now();
    armed_.reset();
    if (const auto rested = rate_limiter_.until(); rested && *rested <= now)
        listen_again();
    if (const auto at = survey_schedule_.due(now); at && *at <= now && !surveying_)
        survey();
    for (auto& [name, controller] : controllers_)
        update(*controller, now);
    update_names(now);
    beat(now);
    const auto end = sd::boottime_now();
    next_tick_ = end + 9 * (end - now);
    schedule(end);
}

void DeviceManager::update(DeviceController& controller, Boottime now) {
    if (const auto at = controller.read_at(now); at && *at <= now + ahead)
        read(controller, *at);
    if (controller.ready(now))
        begin_reconcile(controller);
    refresh_notices(controller);
}

/// One timer for everything that comes by itself; none, if nothing does.
void DeviceManager::schedule(Boottime now) {
    auto next = surveying_ ? std::nullopt : survey_schedule_.due(now);
    next = earlier(next, rate_limiter_.until());
    for (const auto& [name, controller] : controllers_) {
        if (!controller->reconciling)
            next = earlier(next, controller->ready_at(now));
        next = earlier(next, controller->read_at(now));
        next = earlier(next, controller->repairs.due(now));
        next = earlier(next, controller->owner.due(now));
    }
    next = earlier(next, names_.due(now));
    if (beat_)
        next = earlier(next, next_beat_);
    if (next)
        arm(*next);
}

void DeviceManager::beat(Boottime now) {
    if (!beat_ || now < next_beat_)
        return;
    beat_();
    next_beat_ = now + pulse_;
    try_again();
    for (const auto& [name, controller] : controllers_) {
        controller->schedule.ask();
        controller->look_at_routes = true;
    }
}

void DeviceManager::survey() {
    surveying_ = true;
    survey_schedule_.begun(sd::boottime_now());
    worker_.submit([this](Worker::Context& context) -> Worker::Completion {
        return [this, survey = survey_links(context)] {
            surveying_ = false;
            surveyed_ = true;
            survey_schedule_.cost(survey.cost);
            take_survey(survey.links);
            check_ready();
            schedule_now();
        };
    });
}

void DeviceManager::take_survey(const Result<std::vector<Link>>& links) {
    if (links)
        take_links(*links);
    const auto trouble = links ? std::string() : links.error().to_string();
    if (!trouble.empty() && trouble != survey_trouble_)
        log_failure("", links.error());
    survey_trouble_ = trouble;
}

void DeviceManager::take_links(const std::vector<Link>& links) {
    for (const auto& link : links)
        note_link(link);
    std::vector<std::string> gone;
    for (const auto& [name, controller] : controllers_)
        if (controller->model.link() && std::ranges::find(links, name, &Link::name) == links.end())
            gone.push_back(name);
    for (const auto& name : gone) {
        lose(*controllers_.at(name));
        drop_unused(name);
    }
}

void DeviceManager::note_link(const Link& link) {
    auto& its = controller(link.name);
    const bool is_new = !same_link(its.model.link(), link);
    if (is_new) {
        its.settle_timer.start(sd::boottime_now());
        its.owner_unsaid = false;
        its.schedule.ask();
        host_.ask_owner(link.ifindex);
        const auto* entry = registry_.find(link.name);
        if (entry && entry->declaration->mode == Mode::own)
            its.settle_timer.owner_done();
        if (entry)
            its.want();
    }
    if (is_new || its.model.link()->up != link.up) {
        its.schedule.ask();
        its.look_at_routes = true; // the kernel drops them without a word when a link goes down
    }
    if (is_new && !its.reading)
        read(its, {});
}

void DeviceManager::lose(DeviceController& controller) {
    complete(controller);
    auto update = controller.model.lose(this_moment());
    controller.trouble.clear();
    log_link_gone(controller.model.name());
    publish(controller, update);
    if (!controller.reading)
        answer_askers(controller);
    const auto* entry = registry_.find(controller.model.name());
    if (entry && entry->declaration->mode == Mode::own &&
        controller.evaluate({{Difference::Aspect::presence, {}}}, false, false, sd::boottime_now()))
        controller.want();
}

/// Reads the device at that time; at once if it is past.
void DeviceManager::read(DeviceController& controller, Boottime at) {
    const auto now = sd::boottime_now();
    controller.reading = true;
    controller.schedule.begun(std::max(at, now));
    const auto* entry = registry_.find(controller.model.name());
    const auto declared = entry ? entry->declaration : nullptr;
    const bool routes = std::exchange(controller.look_at_routes, false);
    const auto job = [this, device = controller.model.name(), declared,
                      routes](Worker::Context& context) -> Worker::Completion {
        return [this, device,
                result =
                    std::make_shared<ReadResult>(read_device(context, device, declared, routes))] {
            take_reading(device, std::move(*result));
        };
    };
    if (at > now)
        worker_.submit_at(at, job);
    else
        worker_.submit(job);
}

void DeviceManager::take_reading(const std::string& device, ReadResult result) {
    auto* controller = known(device);
    if (!controller)
        return;
    if (result.reading)
        return take_device_reading(*controller, std::move(result));
    if (result.error && result.error->code() == Errc::not_found && controller->model.link())
        lose(*controller);
    else
        fail_reading(*controller);
    reading_ended(*controller);
}

/// What is known stays, and grows older.
void DeviceManager::fail_reading(DeviceController& controller) {
    controller.schedule.failed();
    complete(controller);
    publish(controller, controller.model.judge_at(sd::boottime_now()));
}

void DeviceManager::take_device_reading(DeviceController& controller, ReadResult result) {
    complete(controller);
    auto reading = *std::exchange(result.reading, std::nullopt);
    controller.schedule.cost(reading.cost);
    controller.netdev_file = result.netdev_file;
    controller.trouble = result.error ? result.error->to_string() : std::string();
    if (!same_link(controller.model.link(), reading.link) && controller.model.link())
        controller.settle_timer.start(reading.at.boot);
    controller.settle_timer.take(reading);
    if (!controller.settle_timer.settled(reading.at.boot))
        controller.schedule.hurry_until(reading.at.boot + ReadSchedule::hurry * 2);
    controller.model.begin_take(std::move(reading));
    take_in(controller,
            [this, &controller, result = std::move(result)](const DeviceUpdate& update) {
                judge_reading(controller, result, update);
                reading_ended(controller);
            });
}

void DeviceManager::judge_reading(DeviceController& controller, const ReadResult& result,
                                  const DeviceUpdate& update) {
    const auto at = controller.model.sampled_at();
    publish(controller, update);
    controller.peer_probe.looked(at.boot, controller.model.has_suspects(), update.suspected);
    note_handshakes(controller, at, update.handshakes);
    if (!result.error)
        evaluate(controller, result, update.reset);
}

void DeviceManager::reading_ended(DeviceController& controller) {
    controller.reading = false;
    answer_askers(controller);
    drop_unused(std::string(controller.model.name()));
    check_ready();
    schedule_now();
}

void DeviceManager::answer_askers(DeviceController& controller) {
    for (const auto& answer : std::exchange(controller.askers, {}))
        answer();
}

/// Goes on with what the model has begun, until it is through: then `done`.
void DeviceManager::take_in(DeviceController& controller,
                            std::function<void(const DeviceUpdate&)> done) {
    if (const auto update = controller.model.advance(piece))
        return done(*update);
    controller.taken = std::move(done);
    pieces_->arm();
}

void DeviceManager::take_pieces() {
    const auto begun = [](const auto& entry) { return entry.second->model.in_pieces(); };
    const auto found = std::ranges::find_if(controllers_, begun);
    if (found == controllers_.end())
        return;
    pieces_->arm();
    if (const auto update = found->second->model.advance(piece))
        std::exchange(found->second->taken, nullptr)(*update);
}

/// Something else is to be taken in: what was begun must be through.
void DeviceManager::complete(DeviceController& controller) {
    while (controller.model.in_pieces())
        if (const auto update = controller.model.advance(piece))
            std::exchange(controller.taken, nullptr)(*update);
}

bool DeviceManager::await_counters(const std::string& device, std::function<void()> done) {
    auto* controller = known(device);
    const auto now = sd::boottime_now();
    if (!controller || !controller->is_dated(now))
        return false;
    controller->schedule.ask();
    schedule_now();
    if (writes_ > 0 || controller->schedule.cost() > DeviceController::quick)
        return false;
    if (!controller->reading && controller->schedule.allowed() > now)
        return false;
    controller->askers.push_back(std::move(done));
    return true;
}

void DeviceManager::evaluate(DeviceController& controller, const ReadResult& result, bool reset) {
    const auto* entry = registry_.find(controller.model.name());
    if (!entry || entry->declaration->mode == Mode::observe)
        return;
    const auto now = sd::boottime_now();
    if (controller.reconciling || controller.wants() || !controller.settle_timer.settled(now)) {
        if (reset) // the reading may be older than what is being done
            controller.want();
        return;
    }
    if (controller.evaluate(result.differences, reset, now < owner_active_until_, now))
        controller.want();
}

void DeviceManager::links_changed(const LinkMonitor::Drained& drained) {
    survey_schedule_.ask();
    note_network(drained);
    for (const auto& event : drained.events)
        note_event(event);
    for (auto& [name, controller] : controllers_)
        controller->look_at_routes = controller->look_at_routes || drained.overrun;
    schedule_now();
}

void DeviceManager::sockets_changed() {
    survey_schedule_.ask();
    schedule_now();
}

void DeviceManager::note_event(const LinkMonitor::Event& event) {
    for (const auto* name : {&event.name, &event.renamed_from})
        if (auto* controller = known(*name))
            controller->schedule.ask();
    for (auto& [name, controller] : controllers_) {
        if (!controller->model.link() || controller->model.link()->ifindex != event.ifindex)
            continue;
        controller->look_at_routes = controller->look_at_routes || event.route;
        if (event.network &&
            registry_.find(name)) // what the owner was asked to complete may be there
            controller->want();
    }
}

void DeviceManager::check_ready() {
    if (!ready_ || !surveyed_)
        return;
    const auto busy = [](const auto& entry) { return entry.second->reading; };
    if (std::ranges::none_of(controllers_, busy))
        std::exchange(ready_, nullptr)();
}

} // namespace wgnl::daemon
