// SPDX-License-Identifier: LGPL-2.1-or-later
// reconcile() and withdraw(): lock, read, plan, write ahead, apply, read back, record.
#include <wgnl/reconcile.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace wgnl {
namespace {

bool is_recorded(const std::vector<InterfaceAddress>& list, const InterfaceAddress& address) {
    return std::ranges::find(list, address) != list.end();
}

/// Another device than the one that was recorded: same name, made anew since. Index 0 is the mark
/// of a device that was about to be created.
bool is_another(const Record& record, const Link& link) {
    return record.ifindex != 0 &&
           (record.ifindex != link.ifindex || record.creation != link.creation);
}

bool is_untouched(const Device& device) { return device.peers.empty() && !device.private_key; }

/// One run of reconcile(): what is known so far, and the outcome that it fills.
class Reconciliation {
public:
    Reconciliation(Client& client, const RecordStore& store, const Declaration& declared,
                   const Provenance& from, const ReconcileOptions& options)
        : client_(client), store_(store), declared_(declared), from_(from), options_(options) {}

    Result<Outcome> run();

private:
    bool owns() const { return declared_.mode == Mode::own && !declared_.held; }
    void report(Severity severity, std::string text);
    void report(const Error& error) { report(Severity::error, error.to_string()); }
    void load_record();
    Result<void> find_link();
    Result<void> read();
    bool may_own();
    Result<bool> prepare();
    Result<void> create();
    Result<void> mark_creation();
    Result<void> create_with_any_backend();
    Record finished_record() const;
    Result<void> save(Record record);
    Result<void> carry_out();
    void configure_link();
    void set_mtu();
    void add_addresses();
    void remove_addresses();
    void set_up();
    void verify();
    bool link_differs() const;

    Client& client_;
    const RecordStore& store_;
    const Declaration& declared_;
    const Provenance& from_;
    const ReconcileOptions& options_;
    Outcome outcome_{};
    std::optional<Record> before_{}; ///< of this very device
    std::optional<Record> stored_{}; ///< what the file holds now
    std::vector<InterfaceAddress> created_addresses_{};
};

void Reconciliation::report(Severity severity, std::string text) {
    if (severity == Severity::error) {
        outcome_.ok = false;
    }
    outcome_.problems.push_back({severity, declared_.where, std::move(text)});
}

/// A record that cannot be read must not keep a tunnel from its configuration: without one this is
/// first contact, which removes nothing.
void Reconciliation::load_record() {
    auto loaded = store_.load(declared_.device);
    if (!loaded) {
        report(Severity::warning, loaded.error().to_string() + "; going on as at first contact");
        return;
    }
    stored_ = *loaded;
    before_ = *std::move(loaded);
}

Result<void> Reconciliation::find_link() {
    auto link = client_.link(declared_.device);
    if (!link && link.error().code() != Errc::not_found) {
        return std::unexpected(std::move(link).error());
    }
    outcome_.link_exists = link.has_value();
    outcome_.link = link ? std::optional(*std::move(link)) : std::nullopt;
    if (outcome_.link && before_ && is_another(*before_, *outcome_.link)) {
        before_.reset();
    }
    return {};
}

/// The mark of a creation comes first, so that a death right after it leaves no orphan: a device
/// found under the mark is ours.
Result<void> Reconciliation::mark_creation() {
    Record mark;
    mark.device = declared_.device;
    mark.source = from_.source;
    mark.origin = from_.origin;
    mark.mode = Mode::own;
    mark.created_device = true;
    return save(std::move(mark));
}

Result<void> Reconciliation::create_with_any_backend() {
    auto created = client_.create(declared_.device, Backend::kernel);
    if (!created && created.error().code() == Errc::unsupported && options_.allow_userspace) {
        return client_.create(declared_.device, Backend::userspace);
    }
    return created;
}

Result<void> Reconciliation::create() {
    if (auto marked = mark_creation(); !marked) {
        return marked;
    }
    if (auto created = create_with_any_backend(); !created) {
        (void)store_.erase(declared_.device); // nothing was created: a mark would claim another's
        return created;
    }
    before_ = stored_;
    outcome_.created_device = true;
    return find_link();
}

Result<void> Reconciliation::read() {
    auto live = client_.get(declared_.device);
    if (!live) {
        return std::unexpected(std::move(live).error());
    }
    outcome_.live = *std::move(live);
    return {};
}

/// The device is ours if the record says that we created it, or were about to and nobody has
/// configured it since.
bool Reconciliation::may_own() {
    const bool marked = before_ && before_->created_device;
    if (marked && (before_->ifindex != 0 || is_untouched(*outcome_.live))) {
        return true;
    }
    report(Severity::error,
           fmt::format("{0} exists already and was not created by wgnl, so it is left as it is; to "
                       "hand it over: wgnl adopt {0}",
                       declared_.device));
    return false;
}

/// Brings `outcome_.live` to what the plan starts from; false: there is nothing to plan.
Result<bool> Reconciliation::prepare() {
    load_record();
    if (auto found = find_link(); !found) {
        return std::unexpected(std::move(found).error());
    }
    if (!outcome_.link && owns() && !options_.dry_run) {
        if (auto created = create(); !created) {
            return std::unexpected(std::move(created).error());
        }
    }
    if (!outcome_.link) {
        if (owns()) {
            outcome_.live = Device{.name = declared_.device};
        }
        return owns();
    }
    if (auto got = read(); !got) {
        return std::unexpected(std::move(got).error());
    }
    return !owns() || may_own();
}

Record Reconciliation::finished_record() const {
    auto record = record_of(declared_, before_ ? &*before_ : nullptr);
    record.source = from_.source;
    record.origin = from_.origin;
    record.ifindex = outcome_.link->ifindex;
    record.creation = outcome_.link->creation;
    record.withheld = outcome_.plan.withheld;
    record.created_addresses = created_addresses_;
    return record;
}

Result<void> Reconciliation::save(Record record) {
    if (stored_ == record) {
        return {};
    }
    auto saved = store_.save(record);
    if (saved) {
        stored_ = std::move(record);
    }
    return saved;
}

bool Reconciliation::link_differs() const {
    const auto& link = *outcome_.link;
    const auto missing = [&](const auto& address) { return !is_recorded(link.addresses, address); };
    const auto stale = [&](const auto& address) {
        return !is_recorded(declared_.addresses, address);
    };
    return !link.up || (declared_.mtu && *declared_.mtu != link.mtu) ||
           std::ranges::any_of(declared_.addresses, missing) ||
           std::ranges::any_of(created_addresses_, stale);
}

void Reconciliation::set_mtu() {
    if (!declared_.mtu || *declared_.mtu == outcome_.link->mtu) {
        return;
    }
    if (auto set = client_.set_mtu(declared_.device, *declared_.mtu); !set) {
        report(set.error());
    }
}

void Reconciliation::add_addresses() {
    for (const auto& address : declared_.addresses) {
        if (is_recorded(outcome_.link->addresses, address)) {
            continue;
        }
        if (auto added = client_.add_address(declared_.device, address); !added) {
            report(added.error());
        } else if (!is_recorded(created_addresses_, address)) {
            created_addresses_.push_back(address);
        }
    }
}

/// Only addresses that the record says were added here.
void Reconciliation::remove_addresses() {
    std::erase_if(created_addresses_, [this](const InterfaceAddress& address) {
        if (is_recorded(declared_.addresses, address)) {
            return false;
        }
        auto removed = client_.remove_address(declared_.device, address);
        if (!removed) {
            report(removed.error());
        }
        return removed.has_value();
    });
}

void Reconciliation::set_up() {
    if (outcome_.link->up) {
        return;
    }
    auto up = client_.set_up(declared_.device, true);
    if (up) {
        return;
    }
    report(Severity::error,
           up.error().errnum() == EADDRINUSE
               ? fmt::format("{} cannot go up: its listen port {} is in use by another socket",
                             declared_.device, outcome_.live->listen_port)
               : up.error().to_string());
}

void Reconciliation::configure_link() {
    set_mtu();
    add_addresses();
    remove_addresses();
    set_up();
    if (auto link = client_.link(declared_.device); link) {
        outcome_.link = *std::move(link);
    }
}

/// What a plan would still do after everything was acknowledged is what the kernel did not take.
void Reconciliation::verify() {
    if (auto got = read(); !got) {
        report(got.error());
        return;
    }
    auto policy = options_.policy;
    policy.remembered.clear(); // spent
    const auto rest = plan(declared_, stored_ ? &*stored_ : nullptr, *outcome_.live, policy);
    if (!rest.empty() && outcome_.ok) {
        report(Severity::error, "not taken, although nothing was refused:\n" + to_text(rest));
    }
}

/// The union goes to disk before the first message and the final record after the last one, so that
/// a death in between still lets the next start remove what was revoked.
Result<void> Reconciliation::carry_out() {
    const bool link_too = owns() && link_differs();
    if (!outcome_.plan.empty() || link_too) {
        const auto after = finished_record();
        if (auto ahead = save(before_ ? union_of(*before_, after) : after); !ahead) {
            return ahead;
        }
    }
    if (!outcome_.plan.empty()) {
        if (auto set = client_.set(declared_.device, outcome_.plan.change); !set) {
            report(set.error());
        }
        verify();
    }
    if (link_too) {
        configure_link();
    }
    return outcome_.ok ? save(finished_record()) : Result<void>{};
}

Result<Outcome> Reconciliation::run() {
    const auto prepared = prepare();
    if (!prepared) {
        return std::unexpected(prepared.error());
    }
    if (!*prepared) {
        return std::move(outcome_);
    }
    outcome_.plan = plan(declared_, before_ ? &*before_ : nullptr, *outcome_.live, options_.policy);
    outcome_.problems.insert(outcome_.problems.end(), outcome_.plan.problems.begin(),
                             outcome_.plan.problems.end());
    if (options_.dry_run || declared_.mode == Mode::observe || declared_.held) {
        return std::move(outcome_);
    }
    created_addresses_ = before_ ? before_->created_addresses : std::vector<InterfaceAddress>{};
    if (auto done = carry_out(); !done) {
        return std::unexpected(std::move(done).error());
    }
    return std::move(outcome_);
}

/// In mode sync: the recorded peers go, device and key stay with their owner.
Result<void> withdraw_peers(Client& client, const Record& record, Outcome& outcome) {
    auto live = client.get(record.device);
    if (!live) {
        return std::unexpected(std::move(live).error());
    }
    outcome.plan = plan_withdrawal(record, *live);
    outcome.problems = outcome.plan.problems;
    if (!outcome.plan.empty()) {
        if (auto set = client.set(record.device, outcome.plan.change); !set) {
            return set;
        }
    }
    auto left = client.get(record.device);
    outcome.live = left ? std::optional(*std::move(left)) : std::nullopt;
    return {};
}

Result<void> withdraw_from(Client& client, const Record& record, Outcome& outcome) {
    if (record.mode == Mode::own && record.created_device) {
        outcome.link_exists = false;
        outcome.link.reset();
        return client.remove(record.device);
    }
    return withdraw_peers(client, record, outcome);
}

/// The device of a record, if it is still that very device.
Result<std::optional<Link>> recorded_link(Client& client, const Record& record) {
    auto link = client.link(record.device);
    if (!link && link.error().code() != Errc::not_found) {
        return std::unexpected(std::move(link).error());
    }
    if (!link || is_another(record, *link)) {
        return std::nullopt;
    }
    return *std::move(link);
}

Result<Outcome> withdraw_recorded(Client& client, const Record& record) {
    Outcome outcome;
    auto link = recorded_link(client, record);
    if (!link) {
        return std::unexpected(std::move(link).error());
    }
    if (!*link) {
        return outcome;
    }
    outcome.link_exists = true;
    outcome.link = *std::move(link);
    if (auto gone = withdraw_from(client, record, outcome); !gone) {
        return std::unexpected(std::move(gone).error());
    }
    return outcome;
}

} // namespace

Result<Outcome> reconcile(Client& client, const RecordStore& store, const Declaration& declared,
                          const Provenance& from, const ReconcileOptions& options) {
    if (auto checked = check(declared); !checked) {
        return std::unexpected(std::move(checked).error());
    }
    const auto lock = store.lock(declared.device);
    if (!lock) {
        return std::unexpected(lock.error());
    }
    return Reconciliation(client, store, declared, from, options).run();
}

Result<Outcome> withdraw(Client& client, const RecordStore& store, std::string_view device) {
    const auto lock = store.lock(device);
    if (!lock) {
        return std::unexpected(lock.error());
    }
    const auto record = store.load(device);
    if (!record) {
        return std::unexpected(record.error());
    }
    if (!*record) {
        return Outcome{};
    }
    auto outcome = withdraw_recorded(client, **record);
    if (outcome) {
        if (auto erased = store.erase(device); !erased) {
            return std::unexpected(std::move(erased).error());
        }
    }
    return outcome;
}

} // namespace wgnl
