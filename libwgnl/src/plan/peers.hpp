// SPDX-License-Identifier: LGPL-2.1-or-later
// The merge of all peers: who is added, changed and removed, whose prefixes move, in which order;
// and of one peer's own fields.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <wgnl/plan.hpp>

#include "findings.hpp"
#include "values/lookup.hpp"

namespace wgnl {

/// What a whole merge looks at.
struct MergeInput {
    const Declaration& declared;
    const Record* last; ///< may be null
    const Device& live;
    const Policy& policy;
    /// What first contact leaves in doubt waits for a person.
    bool cautious;
    /// What differs is all that is asked: no step is made.
    bool differences_only{false};
};

/// The three sides of one declared peer. Null: not there.
struct PeerSides {
    const DeclaredPeer& declared;
    const RecordedPeer* recorded;
    const Peer* live;
};

/// Puts into `change` what of these fields has to change; what differs, and what waits to be
/// confirmed, goes to `findings`.
void merge_fields(const MergeInput& input, const PeerSides& sides, PeerChange& change,
                  Findings& findings);

/// One entry of a change with what it finds.
struct PlanStep {
    PeerChange change{};
    PeerBefore before{};
};

/// Appends steps to the change and to what is known from before.
void append(std::vector<PlanStep>&& steps, Plan& plan);
/// The step that removes a live peer.
PlanStep removal(const Peer& live);

/// What is to be done to peers, apart by when it is.
struct PeerSteps {
    std::vector<PlanStep> early_removals{};
    std::vector<PlanStep> changes{};
    std::vector<PlanStep> prefix_removals{};
    std::vector<PlanStep> late_removals{};

    void append_to(Plan& plan) &&;
};

/// Prefixes of one peer as they are compared; kept for its memory.
struct PrefixComparison {
    std::vector<AllowedIp> wanted{};
    std::vector<AllowedIp> present{};
    std::vector<AllowedIp> missing{};
    std::vector<AllowedIp> extra{};

    /// Whether they differ. `live` may be null: then all of `declared` is missing.
    bool compare(const std::vector<AllowedIp>& declared, const Peer* live);
};

/// Merges the peers of one device; used once.
class PeerMerge {
public:
    /// `own_key` is the device's own public key as it will be: a peer of that key is ignored by
    /// the kernel.
    PeerMerge(const MergeInput& input, std::optional<PublicKey> own_key, Findings& findings);

    void run(Plan& plan);

private:
    /// What becomes of a live peer.
    enum class Fate : std::uint8_t {
        undeclared,
        loses_prefix, ///< undeclared, and a declared peer takes one of its prefixes over
        declared,
        kept_as_is,
        kept, ///< undeclared, but some section may mean it
    };
    enum class PrefixClaim : std::uint8_t { granted, pending, refused };
    static constexpr Position passed_over = nowhere - 1; ///< kept as is, or impossible

    void match_declared();
    void keep_undeclared();
    Position match(const DeclaredPeer& peer);
    void merge_declared();
    void merge_peer(const DeclaredPeer& peer, Position live);
    void merge_prefixes(const PeerSides& sides, PeerChange& change);
    void take_missing(const PeerSides& sides, PeerChange& change);
    void give_up_extra(const PeerSides& sides);
    bool in_doubt(const PeerSides& sides, const AllowedIp& prefix);
    PrefixClaim claim(const AllowedIp& prefix, const DeclaredPeer& peer);
    PrefixClaim claim_undeclared(Position owner);
    void refuse(const AllowedIp& prefix, const DeclaredPeer& peer, Position owner);
    bool is_recorded(Position live);
    const PrefixOwners& live_owners();
    const PrefixOwners& wanted_owners();
    void settle_undeclared();

    const MergeInput& input_;
    std::optional<PublicKey> own_key_;
    Findings& findings_;
    PeerLookup<Peer> live_lookup_;
    std::optional<PeerLookup<RecordedPeer>> recorded_lookup_{};
    std::optional<PrefixOwners> live_owners_{};
    std::optional<PrefixOwners> wanted_owners_{};
    std::vector<Fate> fates_;         ///< of each live peer
    std::vector<Position> matches_{}; ///< of each declared peer: live position or passed_over
    PeerSteps steps_{};
    PrefixComparison prefixes_{};
    std::vector<AllowedIp> waiting_{}; ///< of one peer, kept for its memory
};

} // namespace wgnl
