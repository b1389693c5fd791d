// SPDX-License-Identifier: LGPL-2.1-or-later
// The merge of all peers: who is added, changed and removed, whose prefixes move, in which order.
#include "peers.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace wgnl {
namespace {

using Aspect = Difference::Aspect;

bool is_nothing(const PeerChange& change) {
    return change.preshared_key.keeps() && !change.endpoint && !change.persistent_keepalive &&
           change.add_allowed_ips.empty() && change.remove_allowed_ips.empty() &&
           !change.trigger_handshake;
}

PeerBefore before_of(const std::string& name, const Peer* live) {
    if (live == nullptr)
        return {name};
    return {name, live->endpoint, live->persistent_keepalive, live->preshared_key.has_value()};
}

void assign_sorted(std::vector<AllowedIp>& target, const std::vector<AllowedIp>& source) {
    target = source;
    std::ranges::sort(target);
    const auto repeated = std::ranges::unique(target);
    target.erase(repeated.begin(), repeated.end());
}

std::string name_of(const DeclaredPeer& peer) {
    return peer.location.empty() ? peer.public_key.to_base64() : to_string(peer.location);
}

} // namespace

void append(std::vector<PlanStep>&& steps, Plan& plan) {
    for (auto& step : steps) {
        plan.change.peers.push_back(std::move(step.change));
        plan.before.peers.push_back(std::move(step.before));
    }
}

PlanStep removal(const Peer& live) {
    return {{.public_key = live.public_key, .action = PeerChange::Action::remove},
            before_of({}, &live)};
}

void PeerSteps::append_to(Plan& plan) && {
    const auto count =
        early_removals.size() + changes.size() + prefix_removals.size() + late_removals.size();
    plan.change.peers.reserve(count);
    plan.before.peers.reserve(count);
    append(std::move(early_removals), plan);
    append(std::move(changes), plan);
    append(std::move(prefix_removals), plan);
    append(std::move(late_removals), plan);
}

bool PrefixComparison::compare(const std::vector<AllowedIp>& declared, const Peer* live) {
    missing.clear();
    extra.clear();
    if (live == nullptr) {
        missing = declared;
        return !missing.empty();
    }
    assign_sorted(wanted, declared);
    assign_sorted(present, live->allowed_ips);
    if (wanted == present)
        return false;
    std::ranges::set_difference(wanted, present, std::back_inserter(missing));
    std::ranges::set_difference(present, wanted, std::back_inserter(extra));
    return true;
}

PeerMerge::PeerMerge(const MergeInput& input, std::optional<PublicKey> own_key, Findings& findings)
    : input_(input), own_key_(own_key), findings_(findings), live_lookup_(input.live.peers),
      fates_(input.live.peers.size(), Fate::undeclared) {
    if (input.last != nullptr)
        recorded_lookup_.emplace(input.last->peers);
}

void PeerMerge::run(Plan& plan) {
    match_declared();
    if (input_.declared.keeps_peers)
        keep_undeclared();
    merge_declared();
    settle_undeclared();
    std::move(steps_).append_to(plan);
}

void PeerMerge::match_declared() {
    matches_.reserve(input_.declared.peers.size());
    for (const auto& peer : input_.declared.peers)
        matches_.push_back(match(peer));
}

void PeerMerge::keep_undeclared() { std::ranges::replace(fates_, Fate::undeclared, Fate::kept); }

Position PeerMerge::match(const DeclaredPeer& peer) {
    const auto live = live_lookup_.find(peer.public_key);
    if (live != nowhere)
        fates_[live] = peer.kept_as_is ? Fate::kept_as_is : Fate::declared;
    if (own_key_ && peer.public_key == *own_key_) {
        findings_.differs(Aspect::presence, peer.public_key);
        findings_.problem([&] {
            return problem_of(peer, Severity::error,
                              "the public key " + peer.public_key.to_base64() +
                                  " is this device's own, and a device cannot be its own peer; put "
                                  "the other side's public key here");
        });
        return passed_over;
    }
    return peer.kept_as_is || peer.public_key.is_zero() ? passed_over : live;
}

void PeerMerge::merge_declared() {
    const auto declared = matches_.size();
    steps_.changes.reserve(declared - std::min(declared, fates_.size()));
    for (Position at = 0; at < matches_.size(); ++at)
        if (matches_[at] != passed_over)
            merge_peer(input_.declared.peers[at], matches_[at]);
}

void PeerMerge::merge_peer(const DeclaredPeer& peer, Position live) {
    const auto recorded = recorded_lookup_ ? recorded_lookup_->find(peer.public_key) : nowhere;
    const PeerSides sides{peer, recorded == nowhere ? nullptr : &input_.last->peers[recorded],
                          live == nowhere ? nullptr : &input_.live.peers[live]};
    PeerChange change{.public_key = peer.public_key};
    change.action = live == nowhere ? PeerChange::Action::add : PeerChange::Action::update;
    if (live == nowhere) {
        findings_.differs(Aspect::presence, peer.public_key);
        if (input_.differences_only)
            return;
    }
    merge_fields(input_, sides, change, findings_);
    merge_prefixes(sides, change);
    const bool does_something = live == nowhere || !is_nothing(change);
    if (does_something && !input_.differences_only)
        steps_.changes.push_back({std::move(change), before_of(peer.name, sides.live)});
}

void PeerMerge::merge_prefixes(const PeerSides& sides, PeerChange& change) {
    if (sides.live != nullptr && sides.live->allowed_ips == sides.declared.allowed_ips)
        return;
    if (!prefixes_.compare(sides.declared.allowed_ips, sides.live))
        return;
    if (sides.live != nullptr)
        findings_.differs(Aspect::allowed_ips, sides.declared.public_key);
    if (input_.differences_only)
        return;
    take_missing(sides, change);
    give_up_extra(sides);
}

void PeerMerge::take_missing(const PeerSides& sides, PeerChange& change) {
    waiting_.clear();
    for (const auto& prefix : prefixes_.missing) {
        const auto answer = claim(prefix, sides.declared);
        if (answer == PrefixClaim::granted)
            change.add_allowed_ips.push_back(prefix);
        else if (answer == PrefixClaim::pending)
            waiting_.push_back(prefix);
    }
    if (!waiting_.empty()) {
        findings_.withhold([&] {
            return Drift{field_of("allowed IPs", sides.declared.public_key), list_text(waiting_),
                         "with peers that are not declared"};
        });
    }
}

PeerMerge::PrefixClaim PeerMerge::claim(const AllowedIp& prefix, const DeclaredPeer& peer) {
    const auto owner = live_owners().find(prefix);
    if (owner == nowhere || fates_[owner] == Fate::declared)
        return PrefixClaim::granted;
    if (fates_[owner] == Fate::kept_as_is || fates_[owner] == Fate::kept) {
        refuse(prefix, peer, owner);
        return PrefixClaim::refused;
    }
    return claim_undeclared(owner);
}

PeerMerge::PrefixClaim PeerMerge::claim_undeclared(Position owner) {
    if (input_.cautious && !is_recorded(owner))
        return PrefixClaim::pending;
    fates_[owner] = Fate::loses_prefix;
    return PrefixClaim::granted;
}

void PeerMerge::refuse(const AllowedIp& prefix, const DeclaredPeer& peer, Position owner) {
    findings_.problem([&] {
        const auto& key = input_.live.peers[owner].public_key;
        if (fates_[owner] == Fate::kept) {
            return problem_of(peer, Severity::warning,
                              fmt::format("{} stays with the peer {}, which is kept as it is while "
                                          "a section names nobody; the peer of {} goes without it",
                                          prefix.to_string(), key.to_base64(), name_of(peer)));
        }
        const auto holder =
            std::ranges::find(input_.declared.peers, key, &DeclaredPeer::public_key);
        return problem_of(
            peer, Severity::warning,
            fmt::format("{} stays with the peer of {}, which is kept as it is because "
                        "of a mistake there; the peer of {} goes without it",
                        prefix.to_string(), name_of(*holder), name_of(peer)));
    });
}

void PeerMerge::give_up_extra(const PeerSides& sides) {
    waiting_.clear();
    PeerChange change{.public_key = sides.declared.public_key};
    for (const auto& prefix : prefixes_.extra) {
        if (wanted_owners().find(prefix) != nowhere)
            continue; // moves to the peer that wants it, in one step
        auto& list = in_doubt(sides, prefix) ? waiting_ : change.remove_allowed_ips;
        list.push_back(prefix);
    }
    if (!waiting_.empty()) {
        findings_.withhold([&] {
            return Drift{field_of("allowed IPs", change.public_key), "", list_text(waiting_)};
        });
    }
    if (!change.remove_allowed_ips.empty())
        steps_.prefix_removals.push_back(
            {std::move(change), before_of(sides.declared.name, sides.live)});
}

bool PeerMerge::in_doubt(const PeerSides& sides, const AllowedIp& prefix) {
    if (!input_.cautious || sides.recorded == nullptr)
        return input_.cautious;
    const auto& recorded = sides.recorded->allowed_ips;
    return std::ranges::find(recorded, prefix) == recorded.end();
}

bool PeerMerge::is_recorded(Position live) {
    return recorded_lookup_ &&
           recorded_lookup_->find(input_.live.peers[live].public_key) != nowhere;
}

const PrefixOwners& PeerMerge::live_owners() {
    if (!live_owners_) {
        live_owners_.emplace();
        for (Position at = 0; at < input_.live.peers.size(); ++at)
            live_owners_->add(input_.live.peers[at].allowed_ips, at);
        live_owners_->seal();
    }
    return *live_owners_;
}

const PrefixOwners& PeerMerge::wanted_owners() {
    if (!wanted_owners_) {
        wanted_owners_.emplace();
        for (Position at = 0; at < matches_.size(); ++at)
            if (matches_[at] != passed_over)
                wanted_owners_->add(input_.declared.peers[at].allowed_ips, at);
        wanted_owners_->seal();
    }
    return *wanted_owners_;
}

void PeerMerge::settle_undeclared() {
    const bool removes_foreign = input_.declared.strict && !input_.cautious;
    for (Position at = 0; at < fates_.size(); ++at) {
        if (fates_[at] == Fate::declared || fates_[at] == Fate::kept_as_is)
            continue;
        const auto& peer = input_.live.peers[at];
        findings_.differs(Aspect::foreign_peer, peer.public_key);
        if (input_.differences_only)
            continue;
        if (fates_[at] == Fate::kept) {
            findings_.drift([&] { return foreign_drift(peer); });
        } else if (removes_foreign || is_recorded(at)) {
            auto& list =
                fates_[at] == Fate::loses_prefix ? steps_.late_removals : steps_.early_removals;
            list.push_back(removal(peer));
        } else if (input_.declared.strict) {
            findings_.withhold([&] { return foreign_drift(peer); });
        } else {
            findings_.drift([&] { return foreign_drift(peer); });
        }
    }
}

} // namespace wgnl
