// SPDX-License-Identifier: LGPL-2.1-or-later
// reconcile(): read, plan, record ahead, apply, read back, record.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "record.hpp"
#include "steps.hpp"
#include "take_over.hpp"
#include "values/wiping.hpp"

namespace wgnl {
namespace {

/// One reconciliation, step by step. A step that settles the matter sets done_.
class Reconciliation {
public:
    Reconciliation(Client& client, const RecordStore& store, const Declaration& declared,
                   const Provenance& from, const ReconcileOptions& options)
        : client_(client), store_(store), declared_(declared), from_(from), options_(options) {
        outcome_.plan.device = declared.device;
    }

    Result<ReconcileOutcome> run();

private:
    using Step = Result<void> (Reconciliation::*)();

    Result<void> load_record();
    Result<void> look_for_link();
    Result<void> follow_renamed();
    Result<void> create_link();
    Result<void> create_device();
    Result<void> recognise_link();
    Result<void> adopt_announced();
    Result<void> refuse_foreign_link();
    Result<std::string> take_over();
    Result<void> read_and_plan();
    Result<void> stop_unless_writing();
    Result<void> carry_out_plan();

    Result<void> save(const Record& record);
    Record next_record(const LinkSteps& steps) const;
    Record base() const;
    Result<void> describe_dry_run();
    Refusals apply_change();
    std::optional<DeviceChange> read_back(const Record& ahead, const Refusals& refused);
    Result<void> carry_out_routes();
    bool carry_out_link_steps(const LinkSteps& steps);
    void fail_with(Problem problem);
    void fail_with(std::vector<Problem> problems);

    Client& client_;
    const RecordStore& store_;
    const Declaration& declared_;
    const Provenance& from_;
    const ReconcileOptions& options_;
    ReconcileOutcome outcome_{};
    std::optional<Record> stored_{}; ///< what lies in the store
    std::optional<Record> last_{};   ///< the same, if it is of this very device
    bool holds_mark_{false};         ///< see Policy
    bool done_{false};
};

Result<ReconcileOutcome> Reconciliation::run() {
    for (const Step step : {&Reconciliation::load_record, &Reconciliation::look_for_link,
                            &Reconciliation::follow_renamed, &Reconciliation::create_link,
                            &Reconciliation::recognise_link, &Reconciliation::refuse_foreign_link,
                            &Reconciliation::read_and_plan, &Reconciliation::stop_unless_writing,
                            &Reconciliation::carry_out_plan, &Reconciliation::carry_out_routes}) {
        if (auto went = (this->*step)(); !went)
            return std::unexpected(std::move(went).error());
        if (done_)
            break;
    }
    return std::move(outcome_);
}

Result<void> Reconciliation::load_record() {
    auto record = store_.load(declared_.device);
    if (record) {
        stored_ = *std::move(record);
        return {};
    }
    if (!is_unreadable(record.error()))
        return std::unexpected(std::move(record).error());
    outcome_.problems.push_back(unreadable_record(record.error()));
    return {};
}

Result<void> Reconciliation::look_for_link() {
    auto link = find_link(client_, declared_.device);
    if (!link)
        return std::unexpected(std::move(link).error());
    outcome_.link = *std::move(link);
    outcome_.link_exists = outcome_.link.has_value();
    return {};
}

Result<void> Reconciliation::follow_renamed() {
    auto followed = follow_rename(client_, store_, declared_.device, std::move(stored_),
                                  outcome_.link, options_.dry_run);
    if (!followed)
        return std::unexpected(std::move(followed).error());
    stored_ = *std::move(followed);
    return {};
}

Result<void> Reconciliation::create_link() {
    if (outcome_.link)
        return {};
    if (declared_.mode != Mode::own || declared_.kept_as_is) {
        done_ = true; // its owner has not created it yet
        return {};
    }
    if (!options_.dry_run)
        return create_device();
    last_ = announcement(declared_.device);
    return {};
}

Result<void> Reconciliation::create_device() {
    const auto& name = declared_.device;
    auto record = announcement(name);
    if (auto saved = save(record); !saved)
        return saved;
    CreateOptions how{.sockets = options_.sockets};
    auto created = client_.links().create(name, how);
    if (!created && created.error().code() == Errc::unsupported && options_.allow_userspace) {
        how.backend = Backend::userspace;
        created = client_.links().create(name, how);
    }
    if (!created) {
        static_cast<void>(store_.erase(name)); // the failure itself matters more
        return created;
    }
    auto link = client_.links().get(name);
    if (!link)
        return std::unexpected(std::move(link).error());
    record.ifindex = link->ifindex;
    record.link_generation = link->link_generation;
    outcome_.link = *std::move(link);
    outcome_.link_exists = outcome_.created_device = true;
    last_ = record;
    return save(record);
}

Result<void> Reconciliation::recognise_link() {
    if (last_ || !stored_ || !outcome_.link)
        return {};
    if (is_announcement(*stored_))
        return adopt_announced();
    if (is_record_of(*stored_, *outcome_.link))
        last_ = stored_;
    return {};
}

Result<void> Reconciliation::adopt_announced() {
    const auto live = client_.devices().get(declared_.device);
    if (!live)
        return std::unexpected(live.error());
    if (is_fresh(*live)) {
        last_ = stored_;
        last_->ifindex = outcome_.link->ifindex;
        last_->link_generation = outcome_.link->link_generation;
    }
    return {};
}

Result<void> Reconciliation::refuse_foreign_link() {
    // Kept in step for the same source so far: it has been handed over to us.
    const bool adopted = last_ && last_->mode == Mode::sync && last_->source == from_.source;
    const bool ours = last_ && (last_->created_device || last_->mode == Mode::own || adopted);
    if (declared_.mode != Mode::own || declared_.kept_as_is || ours)
        return {};
    auto reason = options_.take_over && !last_
                      ? take_over()
                      : Result<std::string>("to have it created anew, remove it first: ip link "
                                            "delete " +
                                            declared_.device);
    if (!reason || reason->empty())
        return reason ? Result<void>{} : std::unexpected(std::move(reason).error());
    fail_with({Severity::error, declared_.location,
               fmt::format("{} exists already and was not created from this declaration, so it is "
                           "left alone: {}",
                           declared_.device, *reason)});
    done_ = !options_.dry_run; // which shows what differs all the same
    return {};
}

/// Whose key is declared is meant, unless somebody else keeps the device: from now on what wg-quick
/// made of it counts as declared before. Else the reason.
Result<std::string> Reconciliation::take_over() {
    const auto& how = options_.taking;
    if (auto owner = how.owner ? how.owner(*outcome_.link) : std::string(); !owner.empty())
        return owner;
    auto live = client_.devices().get(declared_.device);
    if (!live)
        return std::unexpected(std::move(live).error());
    if (auto doubt = doubt_about_key(declared_, *live); !doubt.empty())
        return doubt;
    auto routes = client_.routes().list_all(declared_.device);
    if (!routes)
        return std::unexpected(std::move(routes).error());
    const Taken taken{*live, *outcome_.link, *routes};
    if (auto doubt = doubt_about_routes(declared_, taken, how); !doubt.empty())
        return doubt;
    last_ = record_of_taken(declared_, taken, how);
    return std::string();
}

Result<void> Reconciliation::read_and_plan() {
    Device live;
    live.name = declared_.device;
    if (outcome_.link) {
        auto read = client_.devices().get(declared_.device);
        if (!read)
            return std::unexpected(std::move(read).error());
        live = *std::move(read);
    }
    auto policy = options_.policy;
    const auto* last = last_ ? &*last_ : nullptr;
    outcome_.plan = plan(declared_, last, live, policy);
    // Where a default route needs the mark, it is planned again without a change of it.
    if (declared_.mode == Mode::own && outcome_.plan.change.fwmark && live.fwmark != 0) {
        const auto routes = client_.routes().list_all(declared_.device);
        if (!routes)
            return std::unexpected(routes.error());
        holds_mark_ = policy.holds_mark = lead_all_by_rules(*routes);
        outcome_.plan = plan(declared_, last, live, policy);
    }
    std::ranges::copy(outcome_.plan.problems, std::back_inserter(outcome_.problems));
    outcome_.live = std::move(live);
    return {};
}

Result<void> Reconciliation::stop_unless_writing() {
    done_ = options_.dry_run || declared_.kept_as_is || declared_.mode == Mode::observe;
    if (options_.dry_run)
        return describe_dry_run();
    if (declared_.mode != Mode::observe || !last_ || last_->mode == Mode::observe)
        return {};
    auto record = *last_; // so that its withdrawal touches nothing either
    record.mode = Mode::observe;
    return save(record);
}

Result<void> Reconciliation::describe_dry_run() {
    const auto record = base();
    auto words = dry_run_in_words(client_, {declared_, record, from_, options_}, outcome_.link);
    if (!words)
        return std::unexpected(std::move(words).error());
    outcome_.differs = !words->empty() || !outcome_.plan.differences.empty();
    for (auto& text : *words)
        outcome_.problems.push_back({Severity::note, declared_.location, std::move(text)});
    return {};
}

/// What the record says before anything is done, as far as it is of this device.
Record Reconciliation::base() const { return last_.value_or(Record{.device = declared_.device}); }

Record Reconciliation::next_record(const LinkSteps& steps) const {
    auto record = record_of(declared_, last_ ? &*last_ : nullptr);
    record.ifindex = outcome_.link->ifindex;
    record.link_generation = outcome_.link->link_generation;
    record.source = from_.source;
    record.origin = from_.origin;
    record.pending_confirmation = outcome_.plan.pending_confirmation;
    if (declared_.mode == Mode::own)
        record.created_addresses = created_addresses(declared_, base(), steps);
    if (last_)
        keep_pending_endpoints(record, *last_, *outcome_.live, options_.policy);
    return record;
}

Result<void> Reconciliation::save(const Record& record) {
    if (stored_ == record)
        return {};
    auto saved = store_.save(record);
    if (saved)
        stored_ = record;
    return saved;
}

Result<void> Reconciliation::carry_out_plan() {
    const bool owns = declared_.mode == Mode::own;
    const auto steps = owns ? link_steps(declared_, base(), *outcome_.link) : LinkSteps{};
    const auto after = next_record(steps);
    if (outcome_.plan.empty() && steps.empty())
        return save(after);
    const auto ahead = union_of(base(), after);
    if (auto saved = save(ahead); !saved)
        return saved;
    const auto refused = apply_change();
    const auto still = read_back(ahead, refused);
    auto final_record = still ? settled(ahead, after, *still) : ahead;
    if (!carry_out_link_steps(steps))
        final_record.created_addresses = ahead.created_addresses;
    return save(final_record);
}

Refusals Reconciliation::apply_change() {
    const auto& plan = outcome_.plan;
    return plan.empty() ? Refusals{} : send_change(client_, declared_.device, plan.change);
}

/// What is still to do; absent if the device cannot be read any more.
std::optional<DeviceChange> Reconciliation::read_back(const Record& ahead,
                                                      const Refusals& refused) {
    if (outcome_.plan.empty())
        return DeviceChange{};
    auto live = client_.devices().get(declared_.device);
    if (!live) {
        const auto* refusal = refused.first();
        fail_with({Severity::error, declared_.location,
                   (refusal ? refusal->to_string() + "; " : "") + live.error().to_string()});
        return std::nullopt;
    }
    const Policy policy{.confirmed = options_.policy.confirmed,
                        .resolved = options_.policy.resolved,
                        .holds_mark = holds_mark_};
    auto still = plan(declared_, last_ ? &ahead : nullptr, *live, policy);
    outcome_.live = *std::move(live);
    say_what_remains(outcome_, std::move(still.problems));
    fail_with(untaken(declared_, still, refused));
    return still.change;
}

/// The routes come last, when the link is up and the kernel sends what is routed to it.
Result<void> Reconciliation::carry_out_routes() {
    if (!options_.routes || !outcome_.link || !outcome_.link->up || !stored_)
        return {};
    const auto record = *stored_;
    auto routes = reconcile_routes(client_, {declared_, record, from_, options_},
                                   [this](const Record& next) { return save(next); });
    if (!routes)
        return std::unexpected(std::move(routes).error());
    outcome_.route_changes = routes->changes;
    std::ranges::move(routes->done, std::back_inserter(outcome_.link_steps));
    std::ranges::move(routes->drift, std::back_inserter(outcome_.plan.drift));
    std::ranges::move(routes->problems, std::back_inserter(outcome_.problems));
    fail_with(std::move(routes->failures));
    return {};
}

/// False if something could not be done.
bool Reconciliation::carry_out_link_steps(const LinkSteps& steps) {
    if (steps.empty())
        return true;
    auto [done, errors] = carry_out(client_, declared_.device, steps);
    outcome_.link_changes = done.size();
    outcome_.link_steps = std::move(done);
    auto link = client_.links().get(declared_.device);
    if (link)
        outcome_.link = *std::move(link);
    else
        errors.push_back(std::move(link).error());
    for (const auto& error : errors)
        fail_with({Severity::error, declared_.location, error.to_string()});
    return errors.empty();
}

void Reconciliation::fail_with(Problem problem) {
    outcome_.ok = false;
    outcome_.problems.push_back(std::move(problem));
}

void Reconciliation::fail_with(std::vector<Problem> problems) {
    for (auto& problem : problems)
        fail_with(std::move(problem));
}

} // namespace

Result<ReconcileOutcome> reconcile(Client& client, const RecordStore& store,
                                   const Declaration& declared, const Provenance& from,
                                   const ReconcileOptions& options) {
    const StackWiper wiper;
    if (auto valid = check(declared); !valid)
        return std::unexpected(std::move(valid).error());
    const auto records = store.beside(client);
    if (!records)
        return std::unexpected(records.error());
    Reconciliation reconciliation(client, *records, declared, from, options);
    if (options.dry_run)
        return reconciliation.run(); // a look takes no lock: records change by renaming
    const auto lock = records->lock(declared.device);
    if (!lock)
        return std::unexpected(lock.error());
    return reconciliation.run();
}

} // namespace wgnl
