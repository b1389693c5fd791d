// SPDX-License-Identifier: LGPL-2.1-or-later
// The worker's side of reading and reconciling.
#include "tasks.hpp"

#include <algorithm>
#include <span>
#include <sstream>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "model/repair_limiter.hpp"

#include "sd/loop.hpp"

namespace wgnl::daemon {

namespace {

Moment now() { return {sd::boottime_now(), sd::realtime_now()}; }

ReadResult unreadable(const Link& link, Moment at, const Error& error) {
    if (error.code() == Errc::not_found || error.code() == Errc::interrupted)
        return {.error = error};
    DeviceReading bare{.link = link, .readable = false, .at = at};
    return {.reading = std::move(bare), .error = error};
}

/// Puts a device that was started for us into the record, so that it is ours to configure and to
/// delete.
Result<void> adopt_device(Worker::Context& context, const ReconcileRequest& request) {
    const auto& device = request.declared->device;
    const auto link = context.client.links().get(device);
    if (!link)
        return std::unexpected(link.error());
    const auto lock = context.store.lock(device);
    if (!lock)
        return std::unexpected(lock.error());
    return context.store.save(Record{.device = device,
                                     .ifindex = link->ifindex,
                                     .link_generation = link->link_generation,
                                     .source = request.from.source,
                                     .origin = request.from.origin,
                                     .mode = Mode::own,
                                     .created_device = true});
}

std::size_t count(const DeviceChange& change) {
    std::size_t entries = change.peers.size();
    entries += change.private_key.keeps() ? 0 : 1;
    entries += change.listen_port ? 1 : 0;
    return entries + (change.fwmark ? 1 : 0);
}

/// So many steps are said; a person who wants all of them has the file.
constexpr std::size_t most_steps = 20;

/// The lines of the plan's own text that begin with the sign of a step.
void add_plan(const Plan& plan, std::vector<std::string>& steps) {
    const auto peers = std::min(plan.change.peers.size(), most_steps);
    const auto end = static_cast<std::ptrdiff_t>(peers);
    Plan first{.device = plan.device};
    first.change = {.private_key = plan.change.private_key,
                    .listen_port = plan.change.listen_port,
                    .fwmark = plan.change.fwmark,
                    .peers = {plan.change.peers.begin(), plan.change.peers.begin() + end}};
    first.before = {plan.before.private_key,
                    plan.before.listen_port,
                    plan.before.fwmark,
                    {plan.before.peers.begin(), plan.before.peers.begin() + end}};
    std::istringstream text(to_text(first));
    for (std::string line; std::getline(text, line);)
        if (line.starts_with("+ ") || line.starts_with("- ") || line.starts_with("~ "))
            steps.push_back(line);
    if (peers < plan.change.peers.size())
        steps.push_back(fmt::format("and {} more", plan.change.peers.size() - peers));
}

/// What was done to the link itself.
void add_link(const ReconcileOutcome& outcome, std::vector<std::string>& steps) {
    const auto all = outcome.link_changes + outcome.route_changes;
    const auto said = std::min(outcome.link_steps.size(), most_steps);
    for (const auto& step : std::span(outcome.link_steps).first(said))
        steps.push_back(step);
    if (said < all)
        steps.push_back(fmt::format("and {} more of the link", all - said));
}

std::vector<PublicKey> first_peers(const DeviceChange& change) {
    std::vector<PublicKey> keys;
    for (const auto& peer : change.peers) {
        if (keys.size() == most_steps)
            break;
        keys.push_back(peer.public_key);
    }
    return keys;
}

/// What was done, in the words of "wgnl apply".
std::vector<std::string> steps_of(const ReconcileOutcome& outcome) {
    std::vector<std::string> steps;
    if (outcome.created_device)
        steps.push_back("+ device " + outcome.plan.device);
    add_plan(outcome.plan, steps);
    add_link(outcome, steps);
    const auto named = first_peers(outcome.plan.change);
    for (auto& step : steps)
        step = printable(without_keys(step, [&named](const PublicKey& key) {
            return std::ranges::find(named, key) != named.end();
        }));
    return steps;
}

ReconcileResult result_of(const Declaration& declared, const ReconcileOutcome& outcome, Moment at) {
    ReconcileResult result{.ok = outcome.ok,
                           .link_exists = outcome.link_exists,
                           .changes = count(outcome.plan.change) + outcome.link_changes +
                                      outcome.route_changes,
                           .steps = steps_of(outcome),
                           .changed = first_peers(outcome.plan.change),
                           .drift = outcome.plan.drift,
                           .problems = outcome.problems};
    if (outcome.link && outcome.live) {
        result.reading = without_secrets(*outcome.link, *outcome.live, at, {});
        result.left = differences(declared, *outcome.live);
    }
    return result;
}

void look_at_routes(Worker::Context& context, const Declaration& declared, ReadResult& result) {
    const auto differ = route_differences(context.client, declared,
                                          {.allow_wide_routes = context.allow_wide_routes});
    if (!differ)
        result.error = differ.error();
    else if (!differ->empty())
        result.differences.push_back({Difference::Aspect::routes, {}});
}

/// We have kept this very link for the same source before.
bool is_recorded(Worker::Context& context, const ReconcileRequest& request, const Link& link) {
    const auto record = context.store.load(link.name);
    return record && *record && (*record)->source == request.from.source &&
           (*record)->ifindex == link.ifindex && (*record)->link_generation == link.link_generation;
}

Problem left_alone(const Declaration& declared) {
    return {Severity::error, declared.location,
            fmt::format("{0} exists, and systemd-networkd has neither made it nor manages it "
                        "(\"networkctl status {0}\"), so it is left alone; remove it (\"ip link "
                        "delete {0}\") and \"networkctl reload\" has networkd make it from this "
                        "file",
                        declared.device)};
}

/// What is said of a link that exists and is not the owner's, in whose name it is declared: it is
/// left alone.
std::optional<ReconcileResult> strange_link(Worker::Context& context,
                                            const ReconcileRequest& request) {
    const auto& declared = *request.declared;
    const auto link = request.of_networkd ? context.client.links().get(declared.device) : Link{};
    if (!request.of_networkd || !link)
        return std::nullopt;
    const auto owner = owner_of(link->ifindex, *request.of_networkd);
    if (owner == Owner::networkd || is_recorded(context, request, *link))
        return std::nullopt;
    ReconcileResult result{.link_exists = true, .owner_unsaid = owner == Owner::unsaid};
    if (!result.owner_unsaid)
        result.problems.push_back(left_alone(declared));
    // It differs, and that is no reason to repair anything.
    if (const auto live = context.client.devices().get(declared.device))
        result.left = differences(declared, *live);
    std::ranges::sort(result.left);
    return result;
}

} // namespace

Survey survey_links(Worker::Context& context) {
    const auto used = sd::thread_time();
    auto links = context.client.links().list();
    return {std::move(links), sd::thread_time() - used};
}

ReadResult read_device(Worker::Context& context, const std::string& device,
                       const std::shared_ptr<const Declaration>& declared, bool routes) {
    const auto link = context.client.links().get(device);
    if (!link)
        return {.error = link.error()};
    const auto at = now();
    const auto used = sd::thread_time();
    const auto live = context.client.devices().get(device);
    const auto cost = sd::thread_time() - used;
    if (!live)
        return unreadable(*link, at, live.error());
    ReadResult result{.reading = without_secrets(*link, *live, at, cost)};
    if (declared && declared->mode == Mode::sync)
        result.netdev_file = netdev_file_of(link->ifindex);
    if (declared && declared->mode != Mode::observe)
        result.differences = differences(*declared, *live);
    if (declared && routes && link->up)
        look_at_routes(context, *declared, result);
    std::ranges::sort(result.differences);
    return result;
}

ReconcileResult reconcile_device(Worker::Context& context, const ReconcileRequest& request) {
    if (auto strange = strange_link(context, request))
        return *std::move(strange);
    if (request.adopt_userspace_device)
        if (auto adopted = adopt_device(context, request); !adopted)
            return {.error = adopted.error()};
    const auto declared = request.left_alone.empty()
                              ? *request.declared
                              : without(*request.declared, request.left_alone, request.live_fwmark);
    const auto sent = context.client.devices().set_messages();
    auto options = request.options;
    options.allow_wide_routes = context.allow_wide_routes;
    options.routes =
        std::ranges::find(request.left_alone, Difference{Difference::Aspect::routes}) ==
        request.left_alone.end();
    const auto outcome = reconcile(context.client, context.store, declared, request.from, options);
    if (!outcome)
        return {.error = outcome.error()};
    auto result = result_of(*request.declared, *outcome, now());
    result.set_messages = context.client.devices().set_messages() - sent;
    result.unresolved = unresolved_edits(context.store, *request.declared);
    return result;
}

std::optional<Error> withdraw_device(Worker::Context& context, const std::string& device) {
    const auto outcome = withdraw(context.client, context.store, device);
    if (!outcome)
        return outcome.error();
    if (outcome->ok || outcome->problems.empty())
        return std::nullopt;
    return Error(Errc::system, "withdraw " + device, to_string(outcome->problems.front()));
}

Result<std::vector<std::string>> recorded_devices(Worker::Context& context,
                                                  std::string_view source) {
    const auto all = context.store.devices();
    if (!all)
        return std::unexpected(all.error());
    std::vector<std::string> devices;
    for (const auto& device : *all) {
        const auto record = context.store.load(device);
        if (!record && record.error().code() != Errc::protocol)
            return std::unexpected(record.error());
        if (record && *record && (*record)->source == source)
            devices.push_back(device);
    }
    return devices;
}

} // namespace wgnl::daemon
