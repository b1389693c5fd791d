// SPDX-License-Identifier: LGPL-2.1-or-later
// Steps that are left after a change, each with the line that asks for it.
#include "reconcile_report.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "plan_findings.hpp"
#include "plan_print.hpp"
#include "reconcile_link.hpp"

namespace wgnl {
namespace {

std::string where_of(const Declaration& declared, const PublicKey& key) {
    const auto peer = std::ranges::find(declared.peers, key, &DeclaredPeer::public_key);
    return peer == declared.peers.end() ? declared.where : peer->where;
}

} // namespace

std::vector<Problem> untaken(const Declaration& declared, const Plan& still,
                             const std::optional<Error>& failure) {
    const auto words = failure ? failure->to_string() : "without a word about why";
    const auto problem = [&](const std::string& where, const std::string& step) {
        return Problem{Severity::error, where,
                       fmt::format("the kernel did not take this: {}; {}", step, words)};
    };
    std::vector<Problem> problems;
    if (still.empty() && failure) {
        problems.push_back({Severity::error, declared.where, words});
    }
    auto device_steps = device_steps_text(still);
    if (!device_steps.empty()) {
        device_steps.pop_back();
        std::ranges::replace(device_steps, '\n', ' ');
        problems.push_back(problem(declared.where, device_steps));
    }
    CappedList<Problem> peers;
    for (std::size_t at = 0; at < still.change.peers.size(); ++at) {
        const auto& change = still.change.peers[at];
        peers.add([&] {
            return problem(where_of(declared, change.public_key),
                           step_text(change, still.before.peers[at]));
        });
    }
    std::ranges::move(take_problems(std::move(peers)), std::back_inserter(problems));
    return problems;
}

Result<std::vector<std::string>> dry_run_in_words(Client& client, const RouteTask& task,
                                                  const std::optional<Link>& link) {
    std::vector<std::string> words;
    if (task.declared.held || task.declared.mode == Mode::observe) {
        return words;
    }
    if (task.declared.mode == Mode::own) {
        if (!link) {
            words.push_back(task.declared.device + " does not exist: it would be created");
        }
        const auto steps = link_steps(task.declared, task.record, link.value_or(Link{}));
        std::ranges::move(in_words(steps), std::back_inserter(words));
    }
    auto routes = link ? route_steps_in_words(client, task) : std::vector<std::string>{};
    if (!routes) {
        return routes;
    }
    std::ranges::move(*routes, std::back_inserter(words));
    return words;
}

} // namespace wgnl
