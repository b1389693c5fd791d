// SPDX-License-Identifier: LGPL-2.1-or-later
// The worker's side of reading and reconciling.
#include "tasks.hpp"

#include <algorithm>

#include "device_model/brake.hpp"
#include "networkd_state.hpp"

#include "names/name_tasks.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

namespace {

Moment now() { return {sd::boottime_now(), sd::realtime_now()}; }

Reading unreadable(const Link& link, Moment at, const Error& error) {
    if (error.code() == Errc::not_found || error.code() == Errc::interrupted)
        return {.error = error};
    DeviceSample bare{.link = link, .readable = false, .at = at};
    return {.sample = std::move(bare), .error = error};
}

/// Puts a device that was started for us into the record, so that it is ours to configure and to
/// delete.
Result<void> claim_device(Worker::Context& context, const Order& order) {
    const auto& device = order.declared->device;
    const auto link = context.client.link(device);
    if (!link)
        return std::unexpected(link.error());
    const auto lock = context.store.lock(device);
    if (!lock)
        return std::unexpected(lock.error());
    return context.store.save(Record{.device = device,
                                     .ifindex = link->ifindex,
                                     .creation = link->creation,
                                     .source = order.from.source,
                                     .origin = order.from.origin,
                                     .mode = Mode::own,
                                     .created_device = true});
}

std::size_t count(const DeviceChange& change) {
    std::size_t entries = change.peers.size();
    entries += change.private_key.keeps() ? 0 : 1;
    entries += change.listen_port ? 1 : 0;
    return entries + (change.fwmark ? 1 : 0);
}

Report report_of(const Declaration& declared, const Outcome& outcome, Moment at) {
    Report report{.ok = outcome.ok,
                  .link_exists = outcome.link_exists,
                  .changes = count(outcome.plan.change) + outcome.route_changes,
                  .drift = outcome.plan.drift,
                  .problems = outcome.problems};
    if (outcome.link && outcome.live) {
        report.sample = strip(*outcome.link, *outcome.live, at, {});
        report.left = differences(declared, *outcome.live);
    }
    return report;
}

void look_at_routes(Worker::Context& context, const Declaration& declared, Reading& reading) {
    const auto differ = route_differences(context.client, declared,
                                          {.allow_wide_routes = context.allow_wide_routes});
    if (!differ)
        reading.error = differ.error();
    else if (!differ->empty())
        reading.differences.push_back({Difference::Aspect::routes, {}});
}

} // namespace

Survey survey_links(Worker::Context& context) {
    const auto used = sd::thread_time();
    auto links = context.client.links();
    return {std::move(links), sd::thread_time() - used};
}

Reading read_device(Worker::Context& context, const std::string& device,
                    const std::shared_ptr<const Declaration>& declared, bool routes) {
    const auto link = context.client.link(device);
    if (!link)
        return {.error = link.error()};
    const auto at = now();
    const auto used = sd::thread_time();
    const auto live = context.client.get(device);
    const auto cost = sd::thread_time() - used;
    if (!live)
        return unreadable(*link, at, live.error());
    Reading reading{.sample = strip(*link, *live, at, cost)};
    if (declared && declared->mode == Mode::sync)
        reading.netdev_file = netdev_file_of(link->ifindex);
    if (declared && declared->mode != Mode::observe)
        reading.differences = differences(*declared, *live);
    if (declared && routes && link->up)
        look_at_routes(context, *declared, reading);
    std::ranges::sort(reading.differences);
    return reading;
}

Report reconcile_device(Worker::Context& context, const Order& order) {
    if (order.claim)
        if (auto claimed = claim_device(context, order); !claimed)
            return {.error = claimed.error()};
    const auto declared = order.left_alone.empty()
                              ? *order.declared
                              : without(*order.declared, order.left_alone, order.live_fwmark);
    const auto sent = context.client.set_messages();
    auto options = order.options;
    options.allow_wide_routes = context.allow_wide_routes;
    options.routes = std::ranges::find(order.left_alone, Difference{Difference::Aspect::routes}) ==
                     order.left_alone.end();
    const auto outcome = reconcile(context.client, context.store, declared, order.from, options);
    if (!outcome)
        return {.error = outcome.error()};
    auto report = report_of(*order.declared, *outcome, now());
    report.set_messages = context.client.set_messages() - sent;
    report.unresolved = unresolved_edits(context.store, *order.declared);
    return report;
}

std::optional<Error> withdraw_device(Worker::Context& context, const std::string& device) {
    const auto outcome = withdraw(context.client, context.store, device);
    if (!outcome)
        return outcome.error();
    if (outcome->ok || outcome->problems.empty())
        return std::nullopt;
    return Error(Errc::system, "withdraw " + device, to_string(outcome->problems.front()));
}

std::vector<std::string> recorded_devices(Worker::Context& context, std::string_view source) {
    std::vector<std::string> devices;
    for (const auto& device : context.store.devices().value_or(std::vector<std::string>{})) {
        const auto record = context.store.load(device);
        if (record && *record && (*record)->source == source)
            devices.push_back(device);
    }
    return devices;
}

} // namespace wgnl::daemon
