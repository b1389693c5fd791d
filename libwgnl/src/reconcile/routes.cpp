// SPDX-License-Identifier: LGPL-2.1-or-later
// Routes: read, plan, record ahead, change, record.
#include "steps.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "plan/findings.hpp"

namespace wgnl {
namespace {

Result<RoutePlan> find_plan(Client& client, const RouteTask& task) {
    if (task.record.routes.empty() && declared_routes(task.declared).empty())
        return RoutePlan{};
    const auto live = client.routes().list_all(task.declared.device);
    if (!live)
        return std::unexpected(live.error());
    return plan_routes({.declared = task.declared,
                        .record = task.record,
                        .live = *live,
                        .source = task.from.source,
                        .allow_wide = task.options.allow_wide_routes,
                        .confirmed = task.options.policy.confirmed});
}

/// A problem of the peer that the route leads to.
Problem problem_of(const Declaration& declared, const Route& route, Severity severity,
                   std::string text) {
    for (const auto& peer : declared.peers)
        if (std::ranges::find(peer.allowed_ips, route.destination) != peer.allowed_ips.end())
            return problem_of(peer, severity, std::move(text));
    return {severity, declared.location, std::move(text)};
}

/// Whether the route could not be added because the link, or the machine, has no IPv6.
bool lacks_ipv6(const RouteFailure& failure) {
    constexpr std::array numbers{EACCES, ENODEV, EAFNOSUPPORT, EOPNOTSUPP};
    return failure.route.destination.network.family() == Family::ipv6 &&
           std::ranges::find(numbers, failure.error.errnum()) != numbers.end();
}

std::vector<Problem> in_words(const Declaration& declared,
                              const std::vector<RouteFailure>& failures) {
    CappedList<Problem> problems;
    for (const auto& failure : failures) {
        if (!lacks_ipv6(failure)) {
            problems.add([&] {
                return problem_of(declared, failure.route, Severity::error,
                                  failure.error.to_string());
            });
        }
    }
    return take_problems(std::move(problems));
}

/// Without IPv6 nobody could use these routes: no failure, and one note for all of them.
void note_lack_of_ipv6(const Declaration& declared, const std::vector<RouteFailure>& failures,
                       std::vector<Problem>& problems) {
    const auto first = std::ranges::find_if(failures, lacks_ipv6);
    if (first == failures.end())
        return;
    problems.push_back(problem_of(
        declared, first->route, Severity::note,
        fmt::format("{0} has no IPv6, so that it gets no routes to IPv6 prefixes such as {1} "
                    "(sysctl net.ipv6.conf.{0}.disable_ipv6, or an MTU below {2})",
                    declared.device, first->route.destination.to_string(), smallest_ipv6_mtu)));
}

/// A route that could not be added is not there, one that could not be removed still is.
std::set<Route> routes_of(const std::vector<RouteFailure>& failures) {
    std::set<Route> routes;
    for (const auto& failure : failures)
        routes.insert(failure.route);
    return routes;
}

void correct(std::vector<Route>& record, const RoutePlan& plan,
             const std::vector<RouteFailure>& failures) {
    auto failed = routes_of(failures);
    std::erase_if(record, [&](const Route& route) { return failed.erase(route) > 0; });
    for (const auto& route : plan.changes.remove)
        if (failed.erase(route) > 0)
            record.push_back(route);
}

Record ahead_of(const RouteTask& task, const RoutePlan& plan) {
    auto ahead = task.record;
    ahead.routes = plan.record;
    ahead.routes.insert(ahead.routes.end(), plan.changes.remove.begin(), plan.changes.remove.end());
    return ahead;
}

/// What was done, in words, without what was not.
std::vector<std::string> done_in_words(const RouteChanges& changes,
                                       const std::vector<RouteFailure>& failures) {
    constexpr std::size_t most = 100;
    const auto failed = routes_of(failures);
    std::vector<std::string> words;
    const auto add = [&](const std::vector<Route>& routes, std::string_view sign) {
        for (const auto& route : routes) {
            if (words.size() == most)
                return;
            if (!failed.contains(route))
                words.push_back(fmt::format("{} route {}", sign, route.to_string()));
        }
    };
    add(changes.add, "+");
    add(changes.remove, "-");
    return words;
}

} // namespace

Result<RouteOutcome> reconcile_routes(Client& client, const RouteTask& task,
                                      const std::function<Result<void>(const Record&)>& save) {
    auto plan = find_plan(client, task);
    if (!plan)
        return std::unexpected(std::move(plan).error());
    RouteOutcome outcome{.drift = std::move(plan->drift), .problems = std::move(plan->problems)};
    if (auto saved = save(ahead_of(task, *plan)); !saved || plan->changes.empty())
        return saved ? Result<RouteOutcome>(std::move(outcome)) : std::unexpected(saved.error());
    const auto failures = client.routes().change(task.declared.device, plan->changes);
    if (!failures)
        return std::unexpected(failures.error());
    outcome.changes = plan->changes.add.size() + plan->changes.remove.size() - failures->size();
    outcome.done = done_in_words(plan->changes, *failures);
    outcome.failures = in_words(task.declared, *failures);
    note_lack_of_ipv6(task.declared, *failures, outcome.problems);
    auto after = task.record;
    after.routes = plan->record;
    correct(after.routes, *plan, *failures);
    const auto saved = save(after);
    return saved ? Result<RouteOutcome>(std::move(outcome)) : std::unexpected(saved.error());
}

Result<RouteChanges> route_differences(Client& client, const Declaration& declared,
                                       const ReconcileOptions& options) {
    if (declared.kept_as_is || declared.mode == Mode::observe)
        return RouteChanges{};
    auto plan = find_plan(client, {declared, Record{}, Provenance{}, options});
    return plan ? Result<RouteChanges>(std::move(plan->changes))
                : std::unexpected(std::move(plan).error());
}

Result<std::vector<std::string>> route_steps_in_words(Client& client, const RouteTask& task) {
    const auto plan = find_plan(client, task);
    if (!plan)
        return std::unexpected(plan.error());
    std::vector<std::string> words;
    for (const auto& route : plan->changes.add)
        words.push_back("the route " + route.to_string() + " would be added");
    for (const auto& route : plan->changes.remove)
        words.push_back("the route " + route.to_string() + " would be removed");
    return words;
}

} // namespace wgnl
