// SPDX-License-Identifier: LGPL-2.1-or-later
// What a reconciliation does to a device beside the record: link, routes, change, and what is said
// of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/client.hpp>
#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>
#include <wgnl/error.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/reconcile.hpp>
#include <wgnl/record.hpp>
#include <wgnl/route.hpp>

namespace wgnl {

// --- Mode own: the link itself. Addresses, MTU, up.

/// What is still to be done to a link.
struct LinkSteps {
    std::optional<std::uint32_t> mtu{};
    std::uint32_t mtu_before{};
    std::vector<InterfaceAddress> add{};
    std::vector<InterfaceAddress> remove{};
    bool up{false};

    bool empty() const noexcept { return !mtu && add.empty() && remove.empty() && !up; }
};

/// The difference between the declaration and the link. Only addresses that the record says were
/// created for it are ever removed.
LinkSteps link_steps(const Declaration& declared, const Record& record, const Link& link);

/// The addresses that are ours once `steps` are done: those that were, and those that are added.
std::vector<InterfaceAddress> created_addresses(const Declaration& declared, const Record& record,
                                                const LinkSteps& steps);

/// What came of steps.
struct LinkOutcome {
    std::vector<std::string> done{}; ///< in words, one a step
    std::vector<Error> errors{};
};
/// Carries out all that can be.
LinkOutcome carry_out(Client& client, const std::string& device, const LinkSteps& steps);

/// Each step as a sentence, for a dry run.
std::vector<std::string> in_words(const LinkSteps& steps);

// --- Which routes of allowed IPs a device is to have, and which of those that are there go.

/// What the decision stands on.
struct RouteFacts {
    const Declaration& declared;
    const Record& record;           ///< what it says of routes and of peers that are kept as is
    const std::vector<Route>& live; ///< all through the link, whoever made them
    std::string_view source{};      ///< who declares: "networkd", "NetworkManager", "command"
    bool allow_wide{false}; ///< shorter than /8 (IPv6: /16) into the tables main, default and local
    bool confirmed{false};  ///< what bears our mark but is not recorded may go
};

struct RoutePlan {
    RouteChanges changes{};
    std::vector<Route> record{}; ///< Record::routes once all changes are made
    std::vector<Drift> drift{};
    std::vector<Problem> problems{};
};

/// The routes that the declaration asks for, without regard to who may set them: those of the
/// allowed IPs of its peers that are not kept as is; each as Route::normalised().
std::vector<Route> declared_routes(const Declaration& declared);

/// Every packet is looked up in it: main, local, default.
bool is_general_table(std::uint32_t table) noexcept;

/// Whether all traffic of a family may go through one of them, but for what rules lead around: a
/// default route, or a half of one, in a table of its own.
bool lead_all_by_rules(const std::vector<Route>& routes);

/// What is missing is added, whoever made the rest; of two that differ in that only, ours goes.
/// Beside an owner of the link default routes are left to it. Of what is no longer declared goes
/// what the record has: ours, and what the owner had made of the same declaration (RTPROT_STATIC),
/// which it would leave there until it is told to look again. Routes of peers kept as is stay.
RoutePlan plan_routes(const RouteFacts& facts);

// --- The routes of allowed IPs, brought to the declaration with the record kept.

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

// --- A change sent so that a part of it that is refused stops no other part.

/// What was refused of a change, each in the words of who refused it.
struct Refusals {
    std::optional<Error> private_key{};
    std::optional<Error> fwmark{};
    std::optional<Error> listen_port{};
    std::optional<Error> peers{};

    /// One of them; null if nothing was refused.
    const Error* first() const;
};

/// Sends the change in as few messages as that takes. Whoever takes it stops at the first thing
/// that it refuses: then each field of the device and the peers are sent apart, once.
Refusals send_change(Client& client, const std::string& device, const DeviceChange& change);

// --- What would be done, and what the kernel did not take, in words.

/// `still` is what is left to do after the change was sent; `refused` what the kernel said to it.
std::vector<Problem> untaken(const Declaration& declared, const Plan& still,
                             const Refusals& refused);

/// What the plan had to say of its steps is over with them; `remaining` is what is true since.
void say_what_remains(ReconcileOutcome& outcome, std::vector<Problem> remaining);

/// What a reconciliation would do besides the plan, each as a sentence.
Result<std::vector<std::string>> dry_run_in_words(Client& client, const RouteTask& task,
                                                  const std::optional<Link>& link);

} // namespace wgnl
