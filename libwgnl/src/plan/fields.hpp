// SPDX-License-Identifier: LGPL-2.1-or-later
// The three-way merge of one peer's own fields: preshared key, endpoint, keepalive.
#pragma once

#include <wgnl/plan.hpp>

#include "findings.hpp"

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

/// Puts into `change` what of these fields has to change; what differs, and what is withheld, goes
/// to `findings`.
void merge_fields(const MergeInput& input, const PeerSides& sides, PeerChange& change,
                  Findings& findings);

} // namespace wgnl
