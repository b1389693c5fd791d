// SPDX-License-Identifier: LGPL-2.1-or-later
// plan() over random declarations, records and devices: the merge is reached, once, and safely.
#include <wgnl/plan.hpp>

#include <algorithm>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "generators.hpp"
#include "plan_model.hpp"
#include "plan_values.hpp"

namespace wgnl {
namespace {

using namespace wgnl::testing;

/// One question to plan().
struct Case {
    Declaration declared{};
    std::optional<Record> last{};
    Device live{};
    Policy policy{};

    const Record* record() const { return last ? &*last : nullptr; }
    bool cautious() const { return !policy.confirmed && (!last || last->pending_confirmation); }
    Plan ask() const { return plan(declared, record(), live, policy); }
};

void showValue(const Case& question, std::ostream& out) {
    out << "declared " << to_json(question.declared) << "\nlast "
        << (question.last ? to_json(*question.last) : "none") << "\nconfirmed "
        << question.policy.confirmed << "\nplan " << to_text(question.ask());
    for (const auto& peer : question.live.peers) {
        out << "live " << peer.public_key.to_base64();
        for (const auto& prefix : peer.allowed_ips)
            out << ' ' << prefix.to_string();
        out << '\n';
    }
}

/// Makes values few, so that the three sides agree as often as they differ.
Declaration coarse(Declaration declaration) {
    static const std::string texts[] = {"192.0.2.1:1", "192.0.2.2:2", "vpn.example.org:3"};
    declaration.device = "wg0";
    declaration.mode = Mode::sync;
    if (declaration.private_key)
        declaration.private_key = identity(declaration.private_key->reveal()[1] % 2 == 0 ? 8 : 16);
    if (declaration.listen_port)
        declaration.listen_port = static_cast<std::uint16_t>(1 + *declaration.listen_port % 2);
    for (auto& peer : declaration.peers) {
        if (peer.preshared_key)
            peer.preshared_key = secret(peer.preshared_key->reveal()[1] % 2 == 0 ? 1 : 2);
        if (peer.endpoint)
            peer.endpoint = texts[peer.endpoint->size() % 3];
        if (peer.persistent_keepalive) {
            peer.persistent_keepalive =
                static_cast<std::uint16_t>(*peer.persistent_keepalive % 2 * 25);
        }
    }
    return declaration;
}

rc::Gen<Declaration> coarse_declarations() { return rc::gen::map(alike_declarations(), coarse); }

Device live_of(const Declaration& declaration) {
    auto live = device();
    live.private_key = declaration.private_key;
    if (live.private_key)
        live.public_key = public_key_of(*live.private_key);
    live.listen_port = declaration.listen_port.value_or(0);
    live.fwmark = declaration.fwmark.value_or(0) % 2;
    for (const auto& peer : declaration.peers) {
        live.peers.push_back({peer.public_key, peer.preshared_key, peer.numeric_endpoint(),
                              peer.persistent_keepalive.value_or(0)});
        live.peers.back().allowed_ips = peer.allowed_ips;
    }
    return live;
}

rc::Gen<Policy> policies() {
    return rc::gen::apply(
        [](bool confirmed, bool resolved, bool session, std::vector<PublicKey> recreated) {
            Policy policy{.confirmed = confirmed};
            if (resolved)
                policy.resolved.emplace("vpn.example.org:3", at("198.51.100.7:3"));
            for (const auto& each : recreated)
                policy.remembered.insert({each, {at("203.0.113.9:4"), session}});
            return policy;
        },
        rc::gen::arbitrary<bool>(), rc::gen::arbitrary<bool>(), rc::gen::arbitrary<bool>(),
        rc::gen::container<std::vector<PublicKey>>(2, few_public_keys()));
}

rc::Gen<Case> cases() {
    return rc::gen::apply(
        [](Declaration declared, const Declaration& before, const Declaration& live, int contact,
           int keeps, Policy policy) {
            declared.keeps_peers = keeps == 0;
            Case question{std::move(declared), std::nullopt, live_of(live), std::move(policy)};
            if (contact != 0) {
                question.last = record_of(before, nullptr);
                question.last->pending_confirmation = contact == 1;
            }
            return question;
        },
        coarse_declarations(), coarse_declarations(), coarse_declarations(), rc::gen::inRange(0, 4),
        rc::gen::inRange(0, 6), policies());
}

template <typename P> const P* find(const std::vector<P>& peers, const PublicKey& key) {
    const auto found = std::ranges::find(peers, key, &P::public_key);
    return found == peers.end() ? nullptr : &*found;
}

/// Says what should become of one device, rule by rule and without regard to order or speed.
class Oracle {
public:
    explicit Oracle(const Case& question) : question_(question), model_(question.live) {}

    Model expected() {
        if (question_.declared.kept_as_is)
            return model_;
        expect_device();
        const auto before = model_.owners;
        expect_peers();
        model_.owners.clear();
        for (const auto& prefix : all_prefixes()) {
            const auto owner = before.find(prefix);
            expect_prefix(prefix, owner == before.end() ? nullptr : find(owner->second));
        }
        return model_;
    }

private:
    const Peer* find(const PublicKey& key) const { return wgnl::find(question_.live.peers, key); }
    const DeclaredPeer* declared(const PublicKey& key) const {
        return wgnl::find(question_.declared.peers, key);
    }
    const RecordedPeer* recorded(const PublicKey& key) const {
        return question_.last ? wgnl::find(question_.last->peers, key) : nullptr;
    }
    bool is_removed(const PublicKey& key) const {
        const bool strict = question_.declared.strict && !question_.cautious();
        return declared(key) == nullptr && !question_.declared.keeps_peers &&
               (strict || recorded(key) != nullptr);
    }

    void expect_device() {
        const auto& declared = question_.declared;
        const bool cautious = question_.cautious();
        if (declared.private_key && !(cautious && model_.private_key))
            model_.private_key = declared.private_key;
        if (declared.listen_port && !(cautious && model_.listen_port != 0))
            model_.listen_port = *declared.listen_port;
        const bool lost = question_.last && question_.last->fwmark && !declared.fwmark;
        model_.fwmark = declared.fwmark.value_or(lost ? 0 : model_.fwmark);
    }
    void expect_peers() {
        for (const auto& peer : question_.live.peers)
            if (is_removed(peer.public_key))
                model_.peers.erase(peer.public_key);
        for (const auto& peer : question_.declared.peers)
            if (!peer.kept_as_is)
                expect_fields(peer, model_.peers[peer.public_key]);
    }
    void expect_fields(const DeclaredPeer& peer, ModelPeer& live) {
        const auto* record = recorded(peer.public_key);
        if (peer.external_preshared_key) {
            // stays as it is
        } else if (peer.preshared_key && !(question_.cautious() && live.preshared_key)) {
            live.preshared_key = peer.preshared_key;
        } else if (!peer.preshared_key && record != nullptr && record->preshared_key) {
            live.preshared_key.reset();
        }
        const bool lost = record != nullptr && record->persistent_keepalive;
        live.persistent_keepalive =
            peer.persistent_keepalive.value_or(lost ? 0 : live.persistent_keepalive);
        expect_endpoint(peer, record, live);
    }
    void expect_endpoint(const DeclaredPeer& peer, const RecordedPeer* record, ModelPeer& live) {
        const auto memory = question_.policy.remembered.find(peer.public_key);
        const bool remembered = memory != question_.policy.remembered.end();
        const auto configured = configured_endpoint(peer);
        const bool changed = question_.last && configured &&
                             (record == nullptr || record->endpoint != peer.endpoint);
        if (changed)
            live.endpoint = configured;
        else if (remembered)
            live.endpoint = memory->second.endpoint;
        else if (!live.endpoint)
            live.endpoint = configured;
        live.triggered = remembered && memory->second.had_session;
    }
    std::optional<Endpoint> configured_endpoint(const DeclaredPeer& peer) const {
        const auto& resolved = question_.policy.resolved;
        const auto named = resolved.find(peer.endpoint.value_or(""));
        return named != resolved.end() ? named->second : peer.numeric_endpoint();
    }

    std::set<AllowedIp> all_prefixes() const {
        std::set<AllowedIp> all;
        for (const auto& peer : question_.live.peers)
            all.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
        for (const auto& peer : question_.declared.peers)
            all.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
        return all;
    }
    const DeclaredPeer* claimant(const AllowedIp& prefix) const {
        for (const auto& peer : question_.declared.peers)
            if (!peer.kept_as_is && std::ranges::count(peer.allowed_ips, prefix) != 0)
                return &peer;
        return nullptr;
    }
    void expect_prefix(const AllowedIp& prefix, const Peer* owner) {
        const auto* wants = claimant(prefix);
        if (wants != nullptr && (owner == nullptr || gives(*owner)))
            model_.owners[prefix] = wants->public_key;
        else if (owner != nullptr && keeps(*owner, prefix))
            model_.owners[prefix] = owner->public_key;
    }
    /// Whether a live owner lets go of a prefix that another peer declares.
    bool gives(const Peer& owner) const {
        const auto* peer = declared(owner.public_key);
        if (peer != nullptr)
            return !peer->kept_as_is;
        return !question_.declared.keeps_peers &&
               (recorded(owner.public_key) != nullptr || !question_.cautious());
    }
    /// Whether a live owner keeps a prefix that nobody else may have.
    bool keeps(const Peer& owner, const AllowedIp& prefix) const {
        const auto* peer = declared(owner.public_key);
        if (peer == nullptr)
            return !is_removed(owner.public_key);
        const auto* record = recorded(owner.public_key);
        const bool in_record =
            record != nullptr && std::ranges::count(record->allowed_ips, prefix) != 0;
        return peer->kept_as_is || (question_.cautious() && !in_record);
    }

    const Case& question_;
    Model model_;
};

Model applied(const Case& question) {
    Model model(question.live);
    model.apply(question.ask().change, [] {});
    return model;
}

RC_GTEST_PROP(PlanProperty, ReachesTheMergeOfWhatIsDeclaredAppliedAndLive, ()) {
    const auto question = *cases();
    const auto reached = applied(question);
    const auto expected = Oracle(question).expected();

    RC_ASSERT(reached.misuse == "");
    RC_ASSERT(reached.private_key == expected.private_key);
    RC_ASSERT(reached.listen_port == expected.listen_port);
    RC_ASSERT(reached.fwmark == expected.fwmark);
    RC_ASSERT(bool(reached.peers == expected.peers));
    RC_ASSERT(bool(reached.owners == expected.owners));
}

RC_GTEST_PROP(PlanProperty, IsEmptyTheSecondTime, ()) {
    auto question = *cases();
    const auto first = question.ask();
    question.live = applied(question).device();
    const auto again = question.ask();
    RC_ASSERT(again.empty());
    RC_ASSERT(again.pending_confirmation == first.pending_confirmation);

    auto after = record_of(question.declared, question.record());
    after.pending_confirmation = first.pending_confirmation;
    question.last = after;
    question.policy.remembered.clear(); // spent
    RC_ASSERT(question.ask().empty());
}

/// What must hold between any two operations.
void check_cut(const Case& question, const Model& now, const Model& goal) {
    for (const auto& peer : question.live.peers) {
        for (const auto& prefix : peer.allowed_ips) {
            const bool stays = goal.owners.contains(prefix);
            RC_ASSERT(bool(!stays || now.owners.contains(prefix))); // never without an owner
            const bool keeps = stays && goal.owners.at(prefix) == peer.public_key;
            RC_ASSERT(bool(!keeps || now.owners.at(prefix) == peer.public_key)); // never taken
        }
        if (goal.peers.contains(peer.public_key))
            RC_ASSERT(now.peers.contains(peer.public_key));
    }
}

RC_GTEST_PROP(PlanProperty, LeavesNoGapAtAnyCut, ()) {
    const auto question = *cases();
    const auto goal = applied(question);
    Model model(question.live);
    model.apply(question.ask().change, [&] { check_cut(question, model, goal); });
    RC_ASSERT(model.misuse == "");
}

RC_GTEST_PROP(PlanProperty, NeverTouchesHeldNorForeignPeers, ()) {
    const auto question = *cases();
    for (const auto& step : question.ask().change.peers) {
        const auto* peer = find(question.declared.peers, step.public_key);
        const bool recorded =
            question.last && find(question.last->peers, step.public_key) != nullptr;
        RC_ASSERT(bool(peer == nullptr || !peer->kept_as_is));
        RC_ASSERT(bool(peer != nullptr || recorded || question.declared.strict));
    }
}

/// What the steps of a change say of the fields that they change.
std::set<Difference> differences_in(const DeviceChange& change) {
    using Aspect = Difference::Aspect;
    using Action = PeerChange::Action;
    std::set<Difference> found;
    const auto note = [&found](bool differs, Aspect aspect, const PublicKey& peer = {}) {
        if (differs)
            found.insert({aspect, peer});
    };
    note(!change.private_key.keeps(), Aspect::private_key);
    note(change.listen_port.has_value(), Aspect::listen_port);
    note(change.fwmark.has_value(), Aspect::fwmark);
    for (const auto& peer : change.peers) {
        const bool updates = peer.action == Action::update;
        note(peer.action == Action::add, Aspect::presence, peer.public_key);
        note(peer.action == Action::remove, Aspect::foreign_peer, peer.public_key);
        note(updates && !peer.preshared_key.keeps(), Aspect::preshared_key, peer.public_key);
        note(updates && peer.endpoint, Aspect::endpoint, peer.public_key);
        note(updates && peer.persistent_keepalive && !peer.trigger_handshake,
             Aspect::persistent_keepalive, peer.public_key);
        note(updates && peer.trigger_handshake, Aspect::sessions, peer.public_key);
        note(updates && !(peer.add_allowed_ips.empty() && peer.remove_allowed_ips.empty()),
             Aspect::allowed_ips, peer.public_key);
    }
    return found;
}

RC_GTEST_PROP(PlanProperty, NamesEveryFieldThatAStepChanges, ()) {
    const auto question = *cases();
    const auto result = question.ask();
    RC_ASSERT(std::ranges::is_sorted(result.differences));
    RC_ASSERT(std::ranges::includes(result.differences, differences_in(result.change)));
}

/// Nothing to do, nothing left and nothing in the way, or some field differs.
RC_GTEST_PROP(PlanProperty, NamesAFieldIfAndOnlyIfSomethingDiffers, ()) {
    const auto question = *cases();
    const auto result = question.ask();
    const bool same = result.empty() && result.drift.empty() && result.problems.empty();
    RC_ASSERT(question.declared.kept_as_is || result.differences.empty() == same);
    RC_ASSERT(!question.declared.kept_as_is || result.differences.empty());
}

RC_GTEST_PROP(PlanProperty, DiffersInWhatDifferencesAloneSay, ()) {
    auto question = *cases();
    question.last.reset();
    question.policy = {.confirmed = true};
    RC_ASSERT(question.ask().differences == differences(question.declared, question.live));
}

RC_GTEST_PROP(PlanProperty, FindsNoDifferenceInWhatItHasReached, ()) {
    auto question = *cases();
    question.last.reset();
    question.policy = {.confirmed = true};
    const auto left = question.ask();
    question.live = applied(question).device();
    const auto again = differences(question.declared, question.live);
    for (const auto& each : again)
        RC_ASSERT(std::ranges::count(left.differences, each.peer, &Difference::peer) != 0);
    RC_ASSERT(again.empty() || !left.drift.empty() || !left.problems.empty());
}

RC_GTEST_PROP(PlanProperty, ObservesWithoutAStep, ()) {
    auto question = *cases();
    question.policy.confirmed = true;
    const bool differs = !question.ask().empty();
    question.declared.mode = Mode::observe;
    const auto observed = question.ask();
    RC_ASSERT(observed.empty());
    RC_ASSERT(!differs || !observed.drift.empty());
}

RC_GTEST_PROP(PlanProperty, ReachesTheMergeAlsoFromTheWriteAheadRecord, ()) {
    auto question = *cases();
    question.policy.confirmed = true;
    const auto goal = applied(question);
    const auto before = question.last.value_or(Record{.device = "wg0"});
    question.last = union_of(before, record_of(question.declared, question.record()));
    // Killed before the first message: the next start knows the union only.
    const auto reached = applied(question);
    for (const auto& peer : before.peers)
        RC_ASSERT(reached.peers.contains(peer.public_key) == goal.peers.contains(peer.public_key));
    for (const auto& peer : question.declared.peers) {
        const auto found = goal.peers.find(peer.public_key);
        if (found != goal.peers.end() && !peer.kept_as_is) {
            RC_ASSERT(bool(reached.peers.at(peer.public_key).preshared_key ==
                           found->second.preshared_key));
        }
    }
    RC_ASSERT(bool(reached.owners == goal.owners));
}

} // namespace
} // namespace wgnl
