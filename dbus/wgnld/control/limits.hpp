// SPDX-License-Identifier: LGPL-2.1-or-later
// How much of the Internet a declaration would take, and root's limits to it.
#pragma once

#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>

#include "host/config.hpp"

namespace wgnl::daemon {

/// Shares of all addresses of a family, from 0 to 1.
struct Coverage {
    double ipv4{};
    double ipv6{};

    bool exceeds(const Coverage& most) const { return ipv4 > most.ipv4 || ipv6 > most.ipv6; }
    Coverage& operator+=(const Coverage& other) {
        ipv4 += other.ipv4;
        ipv6 += other.ipv6;
        return *this;
    }
};

/// Of one device: two prefixes of /8 (IPv6: of /16).
inline constexpr Coverage most_of_a_device{1.0 / (1U << 7U), 1.0 / (1U << 15U)};
/// Of all devices: sixteen of them.
inline constexpr Coverage most_of_all{1.0 / (1U << 4U), 1.0 / (1U << 12U)};

/// What it covers by the addresses of a device of ours and by routes in the tables that packets
/// meet without a rule: main, default and local. What two prefixes share is counted once.
Coverage coverage_of(const Declaration& declaration);

/// Refuses (invalid_argument) a declaration that root does not allow at all. What can be left out
/// is left out, with a problem: routes in table local, addresses whose prefix is too short, and,
/// where the device covers too much, its addresses and routes. (Single wide routes are left out
/// where they are applied.)
Result<Declaration> enforce(const Config& config, Declaration declaration);

} // namespace wgnl::daemon
