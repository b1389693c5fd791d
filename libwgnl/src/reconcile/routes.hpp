// SPDX-License-Identifier: LGPL-2.1-or-later
// The routes of allowed IPs, brought to the declaration with the record kept.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <wgnl/client.hpp>
#include <wgnl/reconcile.hpp>

namespace wgnl {

/// What was done about routes, and what could not be.
struct RouteOutcome {
    std::size_t changes{};
    std::vector<std::string> done{}; ///< in words, the first of them
    std::vector<Drift> drift{};
    std::vector<Problem> problems{}; ///< of the plan
    std::vector<Problem> failures{}; ///< what the kernel refused
};

/// What is to be reconciled: `record` is what lies in the store for this very link.
struct RouteTask {
    const Declaration& declared;
    const Record& record;
    const Provenance& from;
    const ReconcileOptions& options;
};

/// Sends nothing and asks nothing where neither declaration nor record speaks of routes. The link
/// must be up: the kernel drops the routes of one that is down. `save` writes the record ahead of
/// the changes, and after them.
Result<RouteOutcome> reconcile_routes(Client& client, const RouteTask& task,
                                      const std::function<Result<void>(const Record&)>& save);

/// What reconcile_routes() would do, each as a sentence.
Result<std::vector<std::string>> route_steps_in_words(Client& client, const RouteTask& task);

} // namespace wgnl
