// SPDX-License-Identifier: LGPL-2.1-or-later
// One socket of the handshake socket, and the program in the kernel that lets WireGuard's handshake
// packets through to it, cut to their headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <linux/filter.h>

#include <wgnl/handshake_socket.hpp>

#include "base/fd.hpp"

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

/// The program (classic BPF); it names no port.
std::vector<sock_filter> handshake_filter(FilterStart start);

/// The start of a handshake packet that got through the filter.
struct ReceivedPacket {
    std::uint16_t port{};
    bool initiation{};
};

class FilteredSocket {
public:
    /// `family` is AF_INET or AF_INET6; EAFNOSUPPORT is an error that says so by errnum().
    static Result<FilteredSocket> open(HandshakeSocket::Kind kind, int family);

    int fd() const noexcept { return fd_.get(); }

    /// Hands over what came, at most `most` packets; how many were taken from the socket.
    Result<std::size_t> read(std::size_t most, const std::function<void(ReceivedPacket)>& taken);
    /// Packets for which there was no room since the last call.
    Result<std::uint32_t> lost();

private:
    FilteredSocket(UniqueFd fd, FilterStart start) noexcept : fd_(std::move(fd)), start_(start) {}

    UniqueFd fd_;
    FilterStart start_;
    std::uint32_t drops_{}; ///< as the kernel counts them, modulo 2^32
};

} // namespace wgnl
