// SPDX-License-Identifier: LGPL-2.1-or-later
// The three-way merge of one peer's own fields: preshared key, endpoint, keepalive.
#include "peers.hpp"

namespace wgnl {
namespace {

using Aspect = Difference::Aspect;

/// Of a peer that is not there, its presence is what differs.
void note(bool differs, Aspect aspect, const PeerSides& sides, Findings& findings) {
    if (differs && sides.live != nullptr)
        findings.differs(aspect, sides.declared.public_key);
}

const PresharedKey* live_key(const PeerSides& sides) {
    return sides.live != nullptr && sides.live->preshared_key ? &*sides.live->preshared_key
                                                              : nullptr;
}

Edit<PresharedKey> preshared_key_edit(const PeerSides& sides) {
    if (sides.declared.external_preshared_key)
        return {};
    const auto* live = live_key(sides);
    const auto& wanted = sides.declared.preshared_key;
    const bool recorded = sides.recorded != nullptr && sides.recorded->preshared_key;
    if (!wanted || wanted->is_zero()) {
        const bool clears = live != nullptr && (wanted || recorded);
        return clears ? Edit<PresharedKey>::cleared() : Edit<PresharedKey>();
    }
    return live != nullptr && *live == *wanted ? Edit<PresharedKey>() : Edit<PresharedKey>(*wanted);
}

void merge_preshared_key(const MergeInput& input, const PeerSides& sides, PeerChange& change,
                         Findings& findings) {
    auto edit = preshared_key_edit(sides);
    note(!edit.keeps(), Aspect::preshared_key, sides, findings);
    const bool replaces = live_key(sides) != nullptr && sides.declared.preshared_key;
    if (!edit.keeps() && replaces && input.cautious) {
        findings.withhold([&] {
            return Drift{field_of("preshared key", change.public_key), edit.sets() ? hidden : "",
                         hidden};
        });
        return;
    }
    change.preshared_key = std::move(edit);
}

/// The live endpoint, if it is one that packets can be sent to.
const Endpoint* live_endpoint(const PeerSides& sides) {
    const bool usable =
        sides.live != nullptr && sides.live->endpoint && sides.live->endpoint->port != 0;
    return usable ? &*sides.live->endpoint : nullptr;
}

/// A person changed what the configuration says; a peer that roamed did not.
bool configuration_changed(const MergeInput& input, const PeerSides& sides) {
    const bool same =
        sides.recorded != nullptr && sides.recorded->endpoint == sides.declared.endpoint;
    return input.last != nullptr && sides.declared.endpoint && !same;
}

std::optional<Endpoint> configured_endpoint(const MergeInput& input, const PeerSides& sides) {
    if (!sides.declared.endpoint)
        return std::nullopt;
    if (auto numeric = sides.declared.numeric_endpoint())
        return numeric;
    const auto resolved = input.policy.resolved.find(*sides.declared.endpoint);
    return resolved == input.policy.resolved.end() ? std::nullopt : std::optional(resolved->second);
}

/// Whether the live endpoint is the better one: after a reset a handshake has proved it; one that
/// was only written over has become another since.
bool is_outdated(const Remembered& memory, const PeerSides& sides) {
    if (memory.instead_of) {
        const auto* live = live_endpoint(sides);
        return live == nullptr || *live != *memory.instead_of;
    }
    return sides.live != nullptr && sides.live->last_handshake.count() != 0;
}

/// What was known before the owner reset the device, or wrote over an endpoint.
const Remembered* remembered(const MergeInput& input, const PeerSides& sides) {
    const auto found = input.policy.remembered.find(sides.declared.public_key);
    const bool knows = found != input.policy.remembered.end();
    return knows && !is_outdated(found->second, sides) ? &found->second : nullptr;
}

/// Absent: the peer keeps what it has.
std::optional<Endpoint> wanted_endpoint(const MergeInput& input, const PeerSides& sides,
                                        const Remembered* memory) {
    if (configuration_changed(input, sides)) {
        if (auto configured = configured_endpoint(input, sides))
            return configured;
    }
    if (memory != nullptr)
        return memory->endpoint;
    return live_endpoint(sides) != nullptr ? std::nullopt : configured_endpoint(input, sides);
}

void merge_endpoint(const PeerSides& sides, std::optional<Endpoint> wanted, PeerChange& change,
                    Findings& findings) {
    const auto* live = live_endpoint(sides);
    if (wanted && (live == nullptr || *live != *wanted))
        change.endpoint = wanted;
    note(change.endpoint.has_value(), Aspect::endpoint, sides, findings);
}

std::uint16_t wanted_keepalive(const PeerSides& sides) {
    const std::uint16_t live = sides.live != nullptr ? sides.live->persistent_keepalive : 0;
    const bool recorded = sides.recorded != nullptr && sides.recorded->persistent_keepalive;
    return sides.declared.persistent_keepalive.value_or(recorded ? std::uint16_t{0} : live);
}

void merge_keepalive(const PeerSides& sides, PeerChange& change, Findings& findings) {
    const auto wanted = wanted_keepalive(sides);
    const auto live = sides.live != nullptr ? sides.live->persistent_keepalive : 0;
    if (wanted != live || change.trigger_handshake)
        change.persistent_keepalive = wanted;
    note(wanted != live, Aspect::persistent_keepalive, sides, findings);
}

} // namespace

void merge_fields(const MergeInput& input, const PeerSides& sides, PeerChange& change,
                  Findings& findings) {
    const auto* memory = remembered(input, sides);
    merge_preshared_key(input, sides, change, findings);
    merge_endpoint(sides, wanted_endpoint(input, sides, memory), change, findings);
    change.trigger_handshake = memory != nullptr && memory->had_session && !memory->instead_of;
    note(change.trigger_handshake, Aspect::sessions, sides, findings);
    merge_keepalive(sides, change, findings);
}

} // namespace wgnl
