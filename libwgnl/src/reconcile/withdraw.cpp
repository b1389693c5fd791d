// SPDX-License-Identifier: LGPL-2.1-or-later
// withdraw(): what is left to do when a declaration went away.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "record.hpp"
#include "values/wiping.hpp"

namespace wgnl {
namespace {

class Withdrawal {
public:
    Withdrawal(Client& client, const RecordStore& store, std::string device)
        : client_(client), store_(store), recorded_as_(std::move(device)), device_(recorded_as_) {
        outcome_.plan.device = device_;
    }

    Result<ReconcileOutcome> run();

private:
    Result<void> withdraw(const Record& record);
    Result<std::optional<Link>> find_renamed(const Record& record);
    Result<void> withdraw_from(const Record& record, Device live);
    Result<void> remove_device();
    Result<void> remove_peers(const Record& record, Device live);
    void remove_addresses(const Record& record);
    void remove_routes(const Record& record);
    void check_removal(const Record& record);
    Result<void> forget();
    void fail_with(const Error& error);

    Client& client_;
    const RecordStore& store_;
    std::string recorded_as_;
    std::string device_;                      ///< the name that it has now
    std::optional<RecordStore::Lock> lock_{}; ///< of that name
    ReconcileOutcome outcome_{};
};

Result<ReconcileOutcome> Withdrawal::run() {
    const auto record = store_.load(recorded_as_);
    if (!record && !is_unreadable(record.error()))
        return std::unexpected(record.error());
    if (!record) {
        outcome_.problems.push_back({Severity::warning,
                                     {},
                                     "the record of what was applied to " + device_ +
                                         " cannot be read (" + record.error().detail() +
                                         "), so its peers stay as they are"});
    }
    const auto done = record && *record ? withdraw(**record) : forget();
    if (!done)
        return std::unexpected(done.error());
    return std::move(outcome_);
}

Result<void> Withdrawal::withdraw(const Record& record) {
    auto link = find_renamed(record);
    if (!link)
        return std::unexpected(std::move(link).error());
    if (!*link)
        return forget();
    outcome_.link_exists = true;
    outcome_.link = **link;
    if (record.mode == Mode::observe || !(is_announcement(record) || is_record_of(record, **link)))
        return forget(); // nothing on this device is ours
    auto live = client_.devices().get(device_);
    return live ? withdraw_from(record, *std::move(live))
                : std::unexpected(std::move(live).error());
}

/// The link of the record's name, or, if the record's own link has another one now, that.
Result<std::optional<Link>> Withdrawal::find_renamed(const Record& record) {
    auto link = find_link(client_, device_);
    if (!link || (*link && is_record_of(record, **link)))
        return link;
    const auto name = new_name_of(client_, record);
    if (!name)
        return std::unexpected(name.error());
    if (!*name)
        return link;
    auto lock = store_.try_lock(**name);
    if (!lock)
        return std::unexpected(std::move(lock).error());
    lock_.emplace(*std::move(lock));
    outcome_.problems.push_back(
        {Severity::note, {}, recorded_as_ + " has the name " + **name + " now"});
    outcome_.plan.device = device_ = **name;
    return find_link(client_, device_);
}

Result<void> Withdrawal::withdraw_from(const Record& record, Device live) {
    if (is_announcement(record) && !is_fresh(live))
        return forget(); // somebody else's, who came first
    const bool ours = record.mode == Mode::own && record.created_device;
    return ours ? remove_device() : remove_peers(record, std::move(live));
}

Result<void> Withdrawal::remove_device() {
    if (auto removed = client_.links().remove(device_); !removed) {
        fail_with(removed.error());
        return {};
    }
    outcome_.link_exists = false;
    outcome_.link.reset();
    return forget();
}

Result<void> Withdrawal::remove_peers(const Record& record, Device live) {
    outcome_.plan = plan_withdrawal(record, live);
    outcome_.problems.insert(outcome_.problems.end(), outcome_.plan.problems.begin(),
                             outcome_.plan.problems.end());
    outcome_.live = std::move(live);
    if (!outcome_.plan.empty()) {
        if (auto set = client_.devices().set(device_, outcome_.plan.change); !set)
            fail_with(set.error());
        check_removal(record);
    }
    remove_routes(record);
    remove_addresses(record);
    return outcome_.ok ? forget() : Result<void>{};
}

void Withdrawal::check_removal(const Record& record) {
    auto live = client_.devices().get(device_);
    if (!live) {
        fail_with(live.error());
        return;
    }
    const auto left = plan_withdrawal(record, *live).change.peers.size();
    if (left != 0 && outcome_.ok) {
        fail_with(Error(Errc::system, "remove the peers of " + device_,
                        std::to_string(left) + " of them are still there"));
    }
    outcome_.live = *std::move(live);
}

/// In mode own, also on a device that was handed over to us: what we added goes.
void Withdrawal::remove_addresses(const Record& record) {
    if (record.mode != Mode::own)
        return;
    for (const auto& address : record.created_addresses)
        if (auto removed = client_.addresses().remove(device_, address); !removed)
            fail_with(removed.error());
}

/// Those that we made; the owner's are the owner's.
void Withdrawal::remove_routes(const Record& record) {
    RouteChanges changes;
    std::ranges::copy_if(record.routes, std::back_inserter(changes.remove),
                         [](const Route& route) { return route.protocol == route_protocol; });
    if (changes.empty())
        return;
    const auto failures = client_.routes().change(device_, changes);
    if (!failures)
        return fail_with(failures.error());
    for (const auto& failure : *failures)
        fail_with(failure.error);
}

Result<void> Withdrawal::forget() { return store_.erase(recorded_as_); }

void Withdrawal::fail_with(const Error& error) {
    outcome_.ok = false;
    outcome_.problems.push_back({Severity::error, {}, error.to_string()});
}

} // namespace

Result<ReconcileOutcome> withdraw(Client& client, const RecordStore& store,
                                  std::string_view device) {
    const StackWiper wiper;
    const auto records = store.beside(client);
    if (!records)
        return std::unexpected(records.error());
    const auto lock = records->lock(device);
    if (!lock)
        return std::unexpected(lock.error());
    return Withdrawal(client, *records, std::string(device)).run();
}

} // namespace wgnl
