// SPDX-License-Identifier: LGPL-2.1-or-later
// How single allowed IPs are taken from a peer.
#pragma once

#include <cstdint>

namespace wgnl {

/// Linux 6.16 and wireguard-go of 2025 can do it directly; what others can is found out by a try.
enum class PrefixRemoval : std::uint8_t {
    untested,   ///< directly, the first one alone: who does not know how does nothing
    flag,       ///< directly (WGALLOWEDIP_F_REMOVE_ME, "allowed_ip=-…")
    throw_away, ///< moved to a peer with a random key that is created and removed in one message
};

} // namespace wgnl
