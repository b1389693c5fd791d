// SPDX-License-Identifier: LGPL-2.1-or-later
// plan(): the device's own fields, then its peers.
#include <wgnl/plan.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "findings.hpp"
#include "peers.hpp"

namespace wgnl {
namespace {

using Aspect = Difference::Aspect;

Plan plan_of(const std::string& device, const Device& live) {
    Plan plan;
    plan.device = device;
    plan.before = {live.private_key.has_value(), live.listen_port, live.fwmark, {}};
    return plan;
}

void note_recomputation(const MergeInput& input, Plan& plan, Findings& findings) {
    plan.recomputes_peers = !input.live.peers.empty();
    if (plan.recomputes_peers) {
        findings.problem([&] {
            return Problem{Severity::note, input.declared.location,
                           fmt::format("the new private key ends every session, and the kernel "
                                       "computes its {} peers again, holding its network lock",
                                       input.live.peers.size())};
        });
    }
}

void merge_private_key(const MergeInput& input, Plan& plan, Findings& findings) {
    const auto& wanted = input.declared.private_key;
    const auto& live = input.live.private_key;
    if (!wanted || wanted->is_zero() || live == wanted)
        return;
    findings.differs(Aspect::private_key);
    if (live && input.cautious) {
        findings.withhold([] { return Drift{"private key", hidden, hidden}; });
        return;
    }
    plan.change.private_key = *wanted;
    note_recomputation(input, plan, findings);
}

void merge_listen_port(const MergeInput& input, Plan& plan, Findings& findings) {
    const auto wanted = input.declared.listen_port.value_or(0);
    const auto live = input.live.listen_port;
    if (wanted == 0 || wanted == live)
        return; // port 0 over a running one would make the kernel choose a new one
    findings.differs(Aspect::listen_port);
    if (live != 0 && input.cautious) {
        findings.withhold(
            [&] { return Drift{"listen port", std::to_string(wanted), std::to_string(live)}; });
        return;
    }
    plan.change.listen_port = wanted;
}

/// Without its mark the tunnel's own packets would go into the tunnel. wg-quick, too, passes over
/// a mark that is off where there is a default route.
void hold_fwmark(const MergeInput& input, std::uint32_t wanted, Findings& findings) {
    const auto live = fwmark_text(input.live.fwmark);
    if (wanted == 0)
        return findings.problem([&] {
            return Problem{Severity::note, input.declared.location,
                           fmt::format("the mark {} stays: a default route leads through {}, and "
                                       "rules on the mark lead its own packets around it",
                                       live, input.declared.device)};
        });
    findings.differs(Aspect::fwmark);
    findings.problem([&] {
        return Problem{
            Severity::error, input.declared.location,
            fmt::format("the mark stays {0}, and does not become {1}: a default route leads "
                        "through {2}, and rules on {0} lead its own packets around it, so that "
                        "the machine would be cut off",
                        live, fwmark_text(wanted), input.declared.device),
            fmt::format("write {}, or take {} down and up again by what made the rules", live,
                        input.declared.device)};
    });
}

void merge_fwmark(const MergeInput& input, Plan& plan, Findings& findings) {
    const bool recorded = input.last != nullptr && input.last->fwmark;
    const auto wanted = input.declared.fwmark.value_or(recorded ? 0 : input.live.fwmark);
    if (wanted == input.live.fwmark)
        return;
    if (input.policy.holds_mark && input.live.fwmark != 0)
        return hold_fwmark(input, wanted, findings);
    findings.differs(Aspect::fwmark);
    plan.change.fwmark = wanted;
}

std::optional<PublicKey> own_key(const DeviceChange& change, const Device& live) {
    return change.private_key.sets() ? public_key_of(change.private_key.value()) : live.public_key;
}

Plan held_plan(const Declaration& declared, const Device& live) {
    auto plan = plan_of(declared.device, live);
    plan.problems.push_back({Severity::warning, declared.location,
                             declared.device + " and its peers are kept as they are until its "
                                               "private key can be read"});
    return plan;
}

/// Observing shows every difference; nothing has to wait, since nothing is done.
bool is_cautious(const Declaration& declared, const Record* last, const Policy& policy) {
    return declared.mode != Mode::observe && !policy.confirmed &&
           (last == nullptr || last->pending_confirmation);
}

Plan merge(const MergeInput& input, Findings& findings) {
    auto plan = plan_of(input.declared.device, input.live);
    merge_private_key(input, plan, findings);
    merge_listen_port(input, plan, findings);
    merge_fwmark(input, plan, findings);
    PeerMerge(input, own_key(plan.change, input.live), findings).run(plan);
    return plan;
}

std::string how_to_remove(const Record& record) {
    if (record.source == "NetworkManager")
        return "nmcli device delete " + record.device;
    return (record.source == "networkd" ? "networkctl delete " : "ip link delete ") + record.device;
}

} // namespace

Plan plan(const Declaration& declared, const Record* last, const Device& live,
          const Policy& policy) {
    if (declared.kept_as_is)
        return held_plan(declared, live);
    Findings findings;
    auto plan =
        merge({declared, last, live, policy, is_cautious(declared, last, policy)}, findings);
    if (declared.mode == Mode::observe)
        turn_into_drift(plan, live, findings);
    std::move(findings).move_into(plan);
    return plan;
}

std::vector<Difference> differences(const Declaration& declared, const Device& live) {
    if (declared.kept_as_is)
        return {};
    const Policy policy;
    Findings findings;
    auto plan = merge({declared, nullptr, live, policy, false, true}, findings);
    std::move(findings).move_into(plan);
    return std::move(plan.differences);
}

Plan plan_withdrawal(const Record& last, const Device& live) {
    auto plan = plan_of(last.device, live);
    PeerLookup<RecordedPeer> recorded(last.peers);
    std::vector<PlanStep> removals;
    for (const auto& peer : live.peers)
        if (recorded.find(peer.public_key) != nowhere)
            removals.push_back(removal(peer));
    append(std::move(removals), plan);
    plan.problems.push_back(
        {Severity::note,
         {last.origin},
         fmt::format("{} and its private key stay with their owner; to remove them: {}",
                     last.device, how_to_remove(last))});
    return plan;
}

} // namespace wgnl
