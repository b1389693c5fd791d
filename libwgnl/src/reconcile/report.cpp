// SPDX-License-Identifier: LGPL-2.1-or-later
// Steps that are left after a change, each with the line that asks for it.
#include "steps.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "plan/findings.hpp"
#include "plan/print.hpp"

namespace wgnl {
namespace {

/// A step that was not taken, and why.
Problem not_taken(const Declaration& declared, std::string_view step,
                  const std::optional<Error>& why) {
    return {Severity::error, declared.location,
            fmt::format("the kernel did not take this: {}; {}", step,
                        why ? why->to_string() : "without a word about why")};
}

/// The same of a peer, which the declaration may have no more.
Problem not_taken(const Declaration& declared, const PublicKey& key, std::string_view step,
                  const std::optional<Error>& why) {
    auto problem = not_taken(declared, step, why);
    const auto peer = std::ranges::find(declared.peers, key, &DeclaredPeer::public_key);
    if (peer != declared.peers.end()) {
        problem.location = peer->location;
        problem.peer = key;
    }
    return problem;
}

/// The fields of the device, each with what was said to it.
std::vector<Problem> untaken_fields(const Declaration& declared, const Plan& still,
                                    const Refusals& refused) {
    std::vector<Problem> problems;
    const auto add = [&](DeviceChange field, const std::optional<Error>& why) {
        Plan one{.change = std::move(field), .before = {}, .recomputes_peers = false};
        one.before.private_key = still.before.private_key;
        one.before.listen_port = still.before.listen_port;
        one.before.fwmark = still.before.fwmark;
        auto step = device_steps_text(one);
        if (!step.empty()) {
            step.pop_back();
            problems.push_back(not_taken(declared, step, why));
        }
    };
    add({.private_key = still.change.private_key}, refused.private_key);
    add({.listen_port = still.change.listen_port}, refused.listen_port);
    add({.fwmark = still.change.fwmark}, refused.fwmark);
    return problems;
}

} // namespace

std::vector<Problem> untaken(const Declaration& declared, const Plan& still,
                             const Refusals& refused) {
    auto problems = untaken_fields(declared, still, refused);
    CappedList<Problem> peers;
    for (std::size_t at = 0; at < still.change.peers.size(); ++at) {
        const auto& change = still.change.peers[at];
        peers.add([&] {
            return not_taken(declared, change.public_key, step_text(change, still.before.peers[at]),
                             refused.peers);
        });
    }
    std::ranges::move(take_problems(std::move(peers)), std::back_inserter(problems));
    const auto* refusal = refused.first();
    if (problems.empty() && refusal)
        problems.push_back({Severity::error, declared.location, refusal->to_string()});
    return problems;
}

void say_what_remains(ReconcileOutcome& outcome, std::vector<Problem> remaining) {
    std::erase_if(outcome.problems, [&](const Problem& problem) {
        return std::ranges::find(outcome.plan.problems, problem) != outcome.plan.problems.end();
    });
    std::ranges::move(remaining, std::back_inserter(outcome.problems));
}

Result<std::vector<std::string>> dry_run_in_words(Client& client, const RouteTask& task,
                                                  const std::optional<Link>& link) {
    std::vector<std::string> words;
    if (task.declared.kept_as_is || task.declared.mode == Mode::observe)
        return words;
    if (task.declared.mode == Mode::own) {
        if (!link)
            words.push_back(task.declared.device + " does not exist: it would be created");
        const auto steps = link_steps(task.declared, task.record, link.value_or(Link{}));
        std::ranges::move(in_words(steps), std::back_inserter(words));
    }
    auto routes = link ? route_steps_in_words(client, task) : std::vector<std::string>{};
    if (!routes)
        return routes;
    std::ranges::move(*routes, std::back_inserter(words));
    return words;
}

} // namespace wgnl
