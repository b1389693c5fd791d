// SPDX-License-Identifier: LGPL-2.1-or-later
// A device of networkd's and one of its peers, as the bus tells of them.
#pragma once

#include <chrono>

#include "source/view.hpp"

namespace wgnl::cli {

inline constexpr Microseconds now = std::chrono::seconds{1'700'000'000};

inline PeerView laptop() {
    return {.public_key = "bGFwdG9wIGxhcHRvcCBsYXB0b3AgbGFwdG9wIDEyMzQ=",
            .name = "laptop",
            .endpoint = "192.0.2.1:51820",
            .allowed_ips = {"10.0.0.2/32", "fd00::2/128"},
            .persistent_keepalive = 25,
            .has_preshared_key = true,
            .last_handshake = now - std::chrono::seconds{12},
            .rx_bytes = 1536,
            .tx_bytes = 3 * 1024 * 1024,
            .state = "established",
            .declared = true};
}

/// Without keys and peers.
inline DeviceView tunnel() {
    return {.name = "wg0",
            .backend = "kernel",
            .mode = "sync",
            .source = "networkd",
            .origin = "/etc/systemd/network/wg0.netdev",
            .state = "established",
            .up = true,
            .in_sync = true};
}

} // namespace wgnl::cli
