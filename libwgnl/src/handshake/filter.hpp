// SPDX-License-Identifier: LGPL-2.1-or-later
// Classic BPF programs that let WireGuard's handshake packets through, cut to their headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <linux/filter.h>

namespace wgnl {

/// Where the data that a socket filter sees begins.
enum class FilterStart : std::uint8_t {
    ipv4,        ///< at the IPv4 header of a whole datagram (raw sockets)
    ipv4_packet, ///< at the IPv4 header of a packet from the wire, fragments too (packet sockets)
    ipv6_packet, ///< at the IPv6 header of a packet from the wire (packet sockets)
    udp,         ///< at the UDP header (raw sockets of IPv6)
};

constexpr std::size_t udp_header_size = 8;
/// What is let through is no longer than this, and its last 8 bytes are the UDP header.
constexpr std::size_t longest_headers = 256;

/// UDP lengths of the two kinds of packet that are let through.
constexpr std::uint16_t initiation_udp_length = 148 + udp_header_size;
constexpr std::uint16_t response_udp_length = 92 + udp_header_size;

/// The program; it names no port.
std::vector<sock_filter> handshake_filter(FilterStart start);

} // namespace wgnl
