// SPDX-License-Identifier: LGPL-2.1-or-later
// The keeper's clock: surveys, readings, and what they show.
#include "keeper.hpp"

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

Result<void> Keeper::start(sd_event* event, std::function<void()> ready) {
    auto timer = sd::Timer::open(event, [this] { tick(); });
    if (!timer)
        return std::unexpected(timer.error());
    auto pieces = sd::Turn::open(event, [this] { take_pieces(); });
    if (!pieces)
        return std::unexpected(pieces.error());
    timer_ = std::move(*timer);
    pieces_ = std::move(*pieces);
    ready_ = std::move(ready);
    survey_pace_.ask();
    tick();
    return {};
}

void Keeper::set_pulse(Boottime every, std::function<void()> beat) {
    pulse_ = every;
    next_beat_ = sd::boottime_now() + every;
    beat_ = std::move(beat);
    soon();
}

/// What is no reading: nobody waits for figures behind it.
void Keeper::submit(Worker::Job job) {
    ++writes_;
    worker_.submit([this, job = std::move(job)](Worker::Context& context) -> Worker::Completion {
        return [this, done = job(context)] {
            --writes_;
            done();
        };
    });
}

void Keeper::arm(Boottime at) {
    at = std::max(at, next_tick_);
    if (armed_ && *armed_ <= at)
        return;
    armed_ = at;
    timer_->arm(at);
}

void Keeper::tick() {
    const auto now = sd::boottime_now();
    armed_.reset();
    if (const auto rested = rest_.until(); rested && *rested <= now)
        listen_again();
    if (const auto at = survey_pace_.due(now); at && *at <= now && !surveying_)
        survey();
    for (auto& [name, charge] : charges_)
        tend(*charge, now);
    tend_names(now);
    beat(now);
    const auto end = sd::boottime_now();
    next_tick_ = end + 9 * (end - now);
    schedule(end);
}

void Keeper::tend(Charge& charge, Boottime now) {
    if (const auto at = charge.read_at(now); at && *at <= now + ahead)
        read(charge, *at);
    if (charge.ready(now))
        begin_reconcile(charge);
    refresh_notices(charge);
}

/// One timer for everything that comes by itself; none, if nothing does.
void Keeper::schedule(Boottime now) {
    auto next = surveying_ ? std::nullopt : survey_pace_.due(now);
    next = earlier(next, rest_.until());
    for (const auto& [name, charge] : charges_) {
        if (!charge->reconciling)
            next = earlier(next, charge->ready_at(now));
        next = earlier(next, charge->read_at(now));
        next = earlier(next, charge->brake.due(now));
        next = earlier(next, charge->owner.due(now));
    }
    next = earlier(next, names_.due(now));
    if (beat_)
        next = earlier(next, next_beat_);
    if (next)
        arm(*next);
}

void Keeper::beat(Boottime now) {
    if (!beat_ || now < next_beat_)
        return;
    beat_();
    next_beat_ = now + pulse_;
    try_again();
    for (const auto& [name, charge] : charges_) {
        charge->pace.ask();
        charge->look_at_routes = true;
    }
}

void Keeper::survey() {
    surveying_ = true;
    survey_pace_.begun(sd::boottime_now());
    worker_.submit([this](Worker::Context& context) -> Worker::Completion {
        return [this, survey = survey_links(context)] {
            surveying_ = false;
            surveyed_ = true;
            survey_pace_.cost(survey.cost);
            take_survey(survey.links);
            check_ready();
            soon();
        };
    });
}

void Keeper::take_survey(const Result<std::vector<Link>>& links) {
    if (links)
        take_links(*links);
    const auto trouble = links ? std::string() : links.error().to_string();
    if (!trouble.empty() && trouble != survey_trouble_)
        log_failure("", links.error());
    survey_trouble_ = trouble;
}

void Keeper::take_links(const std::vector<Link>& links) {
    for (const auto& link : links)
        note_link(link);
    std::vector<std::string> gone;
    for (const auto& [name, charge] : charges_)
        if (charge->model.link() && std::ranges::find(links, name, &Link::name) == links.end())
            gone.push_back(name);
    for (const auto& name : gone) {
        lose(*charges_.at(name));
        drop_unused(name);
    }
}

void Keeper::note_link(const Link& link) {
    auto& its = charge(link.name);
    const bool is_new = !same_link(its.model.link(), link);
    if (is_new) {
        its.settling.start(sd::boottime_now());
        its.owner_unsaid = false;
        its.pace.ask();
        surroundings_.ask_owner(link.ifindex);
        const auto* claim = book_.find(link.name);
        if (claim && claim->declaration->mode == Mode::own)
            its.settling.owner_done();
        if (claim)
            its.want();
    }
    if (is_new || its.model.link()->up != link.up) {
        its.pace.ask();
        its.look_at_routes = true; // the kernel drops them without a word when a link goes down
    }
    if (is_new && !its.reading)
        read(its, {});
}

void Keeper::lose(Charge& charge) {
    complete(charge);
    auto update = charge.model.lose(this_moment());
    charge.trouble.clear();
    log_link_gone(charge.model.name());
    publish(charge, update);
    if (!charge.reading)
        answer_askers(charge);
    const auto* claim = book_.find(charge.model.name());
    if (claim && claim->declaration->mode == Mode::own &&
        charge.weigh({{Difference::Aspect::presence, {}}}, false, false, sd::boottime_now()))
        charge.want();
}

/// Reads the device at that time; at once if it is past.
void Keeper::read(Charge& charge, Boottime at) {
    const auto now = sd::boottime_now();
    charge.reading = true;
    charge.pace.begun(std::max(at, now));
    const auto* claim = book_.find(charge.model.name());
    const auto declared = claim ? claim->declaration : nullptr;
    const bool routes = std::exchange(charge.look_at_routes, false);
    const auto job = [this, device = charge.model.name(), declared,
                      routes](Worker::Context& context) -> Worker::Completion {
        return
            [this, device,
             reading = std::make_shared<Reading>(read_device(context, device, declared, routes))] {
                take_reading(device, std::move(*reading));
            };
    };
    if (at > now)
        worker_.submit_at(at, job);
    else
        worker_.submit(job);
}

void Keeper::take_reading(const std::string& device, Reading reading) {
    auto* charge = known(device);
    if (!charge)
        return;
    if (reading.sample)
        return take_sample(*charge, std::move(reading));
    if (reading.error && reading.error->code() == Errc::not_found && charge->model.link())
        lose(*charge);
    else
        fail_reading(*charge);
    reading_ended(*charge);
}

/// What is known stays, and grows older.
void Keeper::fail_reading(Charge& charge) {
    charge.pace.failed();
    complete(charge);
    publish(charge, charge.model.judge_at(sd::boottime_now()));
}

void Keeper::take_sample(Charge& charge, Reading reading) {
    complete(charge);
    auto sample = *std::exchange(reading.sample, std::nullopt);
    charge.pace.cost(sample.cost);
    charge.netdev_file = reading.netdev_file;
    charge.trouble = reading.error ? reading.error->to_string() : std::string();
    if (!same_link(charge.model.link(), sample.link) && charge.model.link())
        charge.settling.start(sample.at.boot);
    charge.settling.take(sample);
    if (!charge.settling.settled(sample.at.boot))
        charge.pace.hurry_until(sample.at.boot + Pace::hurry * 2);
    charge.model.begin_take(std::move(sample));
    take_in(charge, [this, &charge, reading = std::move(reading)](const DeviceUpdate& update) {
        judge_sample(charge, reading, update);
        reading_ended(charge);
    });
}

void Keeper::judge_sample(Charge& charge, const Reading& reading, const DeviceUpdate& update) {
    const auto at = charge.model.sampled_at();
    publish(charge, update);
    charge.suspicion.looked(at.boot, charge.model.has_suspects(), update.suspected);
    note_handshakes(charge, at, update.handshakes);
    if (!reading.error)
        weigh(charge, reading, update.reset);
}

void Keeper::reading_ended(Charge& charge) {
    charge.reading = false;
    answer_askers(charge);
    drop_unused(std::string(charge.model.name()));
    check_ready();
    soon();
}

void Keeper::answer_askers(Charge& charge) {
    for (const auto& answer : std::exchange(charge.askers, {}))
        answer();
}

/// Goes on with what the model has begun, until it is through: then `done`.
void Keeper::take_in(Charge& charge, std::function<void(const DeviceUpdate&)> done) {
    if (const auto update = charge.model.advance(piece))
        return done(*update);
    charge.taken = std::move(done);
    pieces_->arm();
}

void Keeper::take_pieces() {
    const auto begun = [](const auto& entry) { return entry.second->model.in_pieces(); };
    const auto found = std::ranges::find_if(charges_, begun);
    if (found == charges_.end())
        return;
    pieces_->arm();
    if (const auto update = found->second->model.advance(piece))
        std::exchange(found->second->taken, nullptr)(*update);
}

/// Something else is to be taken in: what was begun must be through.
void Keeper::complete(Charge& charge) {
    while (charge.model.in_pieces())
        if (const auto update = charge.model.advance(piece))
            std::exchange(charge.taken, nullptr)(*update);
}

bool Keeper::await_figures(const std::string& device, std::function<void()> done) {
    auto* charge = known(device);
    const auto now = sd::boottime_now();
    if (!charge || !charge->is_dated(now))
        return false;
    charge->pace.ask();
    soon();
    if (writes_ > 0 || charge->pace.cost() > Charge::quick)
        return false;
    if (!charge->reading && charge->pace.allowed() > now)
        return false;
    charge->askers.push_back(std::move(done));
    return true;
}

void Keeper::weigh(Charge& charge, const Reading& reading, bool reset) {
    const auto* claim = book_.find(charge.model.name());
    if (!claim || claim->declaration->mode == Mode::observe)
        return;
    const auto now = sd::boottime_now();
    if (charge.reconciling || charge.wants() || !charge.settling.settled(now)) {
        if (reset) // the reading may be older than what is being done
            charge.want();
        return;
    }
    if (charge.weigh(reading.differences, reset, now < owner_acts_until_, now))
        charge.want();
}

void Keeper::links_changed(const LinkMonitor::Drained& drained) {
    survey_pace_.ask();
    note_network(drained);
    for (const auto& event : drained.events)
        note_event(event);
    for (auto& [name, charge] : charges_)
        charge->look_at_routes = charge->look_at_routes || drained.overrun;
    soon();
}

void Keeper::sockets_changed() {
    survey_pace_.ask();
    soon();
}

void Keeper::note_event(const LinkMonitor::Event& event) {
    for (const auto* name : {&event.name, &event.renamed_from})
        if (auto* charge = known(*name))
            charge->pace.ask();
    for (auto& [name, charge] : charges_) {
        if (!charge->model.link() || charge->model.link()->ifindex != event.ifindex)
            continue;
        charge->look_at_routes = charge->look_at_routes || event.route;
        if (event.network && book_.find(name)) // what the owner was asked to complete may be there
            charge->want();
    }
}

void Keeper::check_ready() {
    if (!ready_ || !surveyed_)
        return;
    const auto busy = [](const auto& entry) { return entry.second->reading; };
    if (std::ranges::none_of(charges_, busy))
        std::exchange(ready_, nullptr)();
}

} // namespace wgnl::daemon
