// SPDX-License-Identifier: LGPL-2.1-or-later
// In what a live device differs from its declaration: the question every reading is asked.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>

namespace wgnl::daemon {

/// One field of the device, or of one peer, that is not as declared. Never holds a value.
struct Difference {
    enum class Aspect : std::uint8_t {
        private_key,
        listen_port,
        fwmark,
        presence,     ///< not in the kernel: the peer, or the device
        foreign_peer, ///< live, but not declared
        preshared_key,
        persistent_keepalive,
        allowed_ips,
        sessions, ///< peers were re-created behind our back: what they had learned is lost
        endpoint, ///< declared as an address, and the live peer has none at all
        routes,   ///< of allowed IPs, that are declared and not there
    };
    Aspect aspect{};
    PublicKey peer{}; ///< zero for a field of the device

    auto operator<=>(const Difference&) const = default;
};
std::string to_string(const Difference& difference); ///< "preshared key of peer <key>"

/// Sorted; empty if the device is as declared. Held peers and held devices differ in nothing.
std::vector<Difference> differences(const Declaration& declared, const Device& live);

} // namespace wgnl::daemon
