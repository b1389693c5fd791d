// SPDX-License-Identifier: LGPL-2.1-or-later
// Traffic between network namespaces, all of it carried by the calling thread: the kernel hands
// each packet over on the processor that sent it, so that the time which passes is what the packets
// cost.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.hpp"

namespace wgnl::bench {

/// One kind of traffic.
class Load {
public:
    Load() = default;
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;
    virtual ~Load() = default;

    /// Sends about so many packets and receives them; how many there were.
    virtual std::uint64_t carry(std::uint64_t packets) = 0;
};

/// Between which namespaces ("ip netns" knows them), and to which address.
struct Route {
    std::string from;
    std::string to;
    std::string address;
};

/// Datagrams of this payload. Throws std::runtime_error if that cannot be.
std::unique_ptr<Load> udp_load(const Route& route, std::vector<std::uint8_t> payload);
/// One connection that hands `segments` at once to the kernel, which leaves them together on a link
/// that takes them so. carry() counts segments.
std::unique_ptr<Load> tcp_load(const Route& route, std::size_t segments);

} // namespace wgnl::bench
