// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the peers of a profile; used by profile_reader.cpp.
#pragma once

#include <optional>
#include <vector>

#include "common/problems.hpp"
#include "nm/profile/peer_routes.hpp"
#include "nm/profile/profile_reader.hpp"

namespace wgnl::nm {

/// What the readers share.
struct ProfileContext {
    NMConnection* profile;
    NMSettingWireGuard* wireguard;
    const ReadOptions& options;
    const PeerRoutes& routes;
    adapter::BoundedProblems& problems;
};

/// Whether the private key is with somebody who did not give it: NetworkManager then answers for no
/// secret of the profile, not for the preshared keys that it has stored either.
bool hides_stored_keys(NMSettingWireGuard* wireguard);

/// The peers in the profile's order, each key and each prefix once. `own`: the device's public key,
/// which the kernel ignores as a peer.
std::vector<DeclaredPeer> read_peers(const ProfileContext& context,
                                     const std::optional<PublicKey>& own);

} // namespace wgnl::nm
