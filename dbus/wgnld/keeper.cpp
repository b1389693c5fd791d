// SPDX-License-Identifier: LGPL-2.1-or-later
// The keeper's clock: surveys, readings, and what they show.
#include "keeper.hpp"

#include <algorithm>

#include "events.hpp"

namespace wgnl::daemon {

namespace {

constexpr Boottime stale = std::chrono::milliseconds(1500);

Moment this_moment() { return {sd::boottime_now(), sd::realtime_now()}; }

bool same_link(const std::optional<Link>& a, const Link& b) {
    return a && a->ifindex == b.ifindex && a->creation == b.creation;
}

} // namespace

Result<void> Keeper::start(sd_event* event, std::function<void()> ready) {
    auto timer = sd::Timer::open(event, [this] { tick(); });
    if (!timer)
        return std::unexpected(timer.error());
    timer_ = std::move(*timer);
    ready_ = std::move(ready);
    tick();
    return {};
}

void Keeper::tick() {
    const auto now = sd::boottime_now();
    if (!surveying_ && survey_pace_.due(now) <= now)
        survey();
    for (auto& [name, charge] : charges_) {
        if (charge->model.link() && !charge->reading && charge->pace.due(now) <= now)
            read(*charge);
        if (charge->ready(now))
            begin_reconcile(*charge);
        if (charge->model.link() && charge->model.sampled_at().boot + stale < now)
            publish(*charge, charge->model.judge_at(now));
        refresh_notices(*charge);
    }
    tend_names(now);
    schedule(now);
}

void Keeper::schedule(Boottime now) {
    auto next = surveying_ ? now + Pace::leisure : survey_pace_.due(now);
    for (const auto& [name, charge] : charges_) {
        if (charge->model.link() && !charge->reading)
            next = std::min(next, charge->pace.due(now));
        if (const auto at = charge->ready_at(now); at && !charge->reconciling)
            next = std::min(next, *at);
        next = std::min(next, charge->owner.due(now).value_or(next));
    }
    timer_->arm(std::min(next, names_.due(now).value_or(next)));
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
            tick();
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
        read(its);
}

void Keeper::lose(Charge& charge) {
    auto update = charge.model.lose(this_moment());
    charge.trouble.clear();
    log_link_gone(charge.model.name());
    publish(charge, update);
    const auto* claim = book_.find(charge.model.name());
    if (claim && claim->declaration->mode == Mode::own &&
        charge.weigh({{Difference::Aspect::presence, {}}}, false, false, sd::boottime_now()))
        charge.want();
}

void Keeper::read(Charge& charge) {
    charge.reading = true;
    charge.pace.begun(sd::boottime_now());
    const auto* claim = book_.find(charge.model.name());
    const auto declared = claim ? claim->declaration : nullptr;
    const bool routes = std::exchange(charge.look_at_routes, false);
    worker_.submit([this, device = charge.model.name(), declared,
                    routes](Worker::Context& context) -> Worker::Completion {
        return [this, device, reading = read_device(context, device, declared, routes)] {
            take_reading(device, reading);
            drop_unused(device);
            check_ready();
            tick();
        };
    });
}

void Keeper::take_reading(const std::string& device, const Reading& reading) {
    auto* charge = known(device);
    if (!charge)
        return;
    charge->reading = false;
    if (reading.sample)
        return take_sample(*charge, reading);
    if (reading.error && reading.error->code() == Errc::not_found && charge->model.link())
        lose(*charge);
}

void Keeper::take_sample(Charge& charge, const Reading& reading) {
    const auto& sample = *reading.sample;
    charge.pace.cost(sample.cost);
    charge.netdev_file = reading.netdev_file;
    charge.trouble = reading.error ? reading.error->to_string() : std::string();
    if (!same_link(charge.model.link(), sample.link) && charge.model.link())
        charge.settling.start(sample.at.boot);
    charge.settling.take(sample);
    if (!charge.settling.settled(sample.at.boot))
        charge.pace.hurry_until(sample.at.boot + Pace::hurry * 2);
    const auto update = charge.model.take(sample);
    publish(charge, update);
    if (sample.readable)
        weigh(charge, reading, update.reset);
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
    tick();
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
