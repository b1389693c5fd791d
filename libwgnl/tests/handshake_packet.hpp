// SPDX-License-Identifier: LGPL-2.1-or-later
// Packets that look like WireGuard's, header by header, for the tests of the handshake socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include <netinet/in.h>

namespace wgnl::tests {

using Packet = std::vector<std::uint8_t>;

constexpr std::size_t initiation_size = 148;
constexpr std::size_t response_size = 92;

inline void put16(Packet& packet, std::size_t value) {
    packet.push_back(static_cast<std::uint8_t>(value >> 8));
    packet.push_back(static_cast<std::uint8_t>(value));
}

inline Packet joined(Packet first, const Packet& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

/// What WireGuard sends: `type` and three reserved bytes, then anything.
inline Packet message(std::uint8_t type, std::size_t size, std::uint8_t reserved = 0) {
    Packet payload(size, 0xa5);
    payload[0] = type;
    payload[1] = payload[2] = 0;
    payload[3] = reserved;
    return payload;
}
inline Packet initiation() { return message(1, initiation_size); }
inline Packet response() { return message(2, response_size); }

/// Without a checksum, which IPv4 permits.
inline Packet udp(std::uint16_t port, const Packet& payload) {
    Packet packet;
    put16(packet, 40000);
    put16(packet, port);
    put16(packet, 8 + payload.size());
    put16(packet, 0);
    return joined(std::move(packet), payload);
}

struct Ipv4 {
    std::uint8_t protocol{IPPROTO_UDP};
    std::uint16_t fragment{}; ///< flags and offset in units of 8 bytes
    std::size_t option_words{};
    std::uint8_t last_of_destination{2};
};

/// Of a header, whose own field for it is 0.
inline std::size_t checksum(const Packet& header) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < header.size(); i += 2)
        sum += static_cast<std::size_t>(header[i] << 8 | header[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    return 0xffff - ((sum & 0xffff) + (sum >> 16));
}

/// From 192.0.2.1 to 192.0.2.2; options are no-operations.
inline Packet ipv4(const Packet& payload, Ipv4 header = {}) {
    const std::size_t size = 20 + header.option_words * 4;
    Packet packet{static_cast<std::uint8_t>(0x40 + size / 4), 0};
    put16(packet, size + payload.size());
    put16(packet, 1);
    put16(packet, header.fragment);
    packet.insert(packet.end(),
                  {64, header.protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, header.last_of_destination});
    packet.resize(size, 1);
    const auto sum = checksum(packet);
    packet[10] = static_cast<std::uint8_t>(sum >> 8);
    packet[11] = static_cast<std::uint8_t>(sum);
    return joined(std::move(packet), payload);
}

/// From ::1 to ::1; `payload` begins with a header of type `next`.
inline Packet ipv6(std::uint8_t next, const Packet& payload) {
    Packet packet{0x60, 0, 0, 0};
    put16(packet, payload.size());
    packet.insert(packet.end(), {next, 64});
    for (int address = 0; address < 2; ++address) {
        packet.resize(packet.size() + 15);
        packet.push_back(1);
    }
    return joined(std::move(packet), payload);
}

/// An extension header of 8 × (1 + `more`) bytes that pads; `payload` begins with a `next`.
inline Packet extension(std::uint8_t next, const Packet& payload, std::uint8_t more = 0) {
    Packet packet{next, more, 1, static_cast<std::uint8_t>(4 + 8 * more)};
    packet.resize(8 + 8U * more);
    return joined(std::move(packet), payload);
}

/// A fragment header; `place` is offset (a multiple of 8) plus 1 if more follow.
inline Packet fragment(std::uint8_t next, std::uint16_t place, const Packet& payload) {
    Packet packet{next, 0};
    put16(packet, place);
    put16(packet, 0);
    put16(packet, 7);
    return joined(std::move(packet), payload);
}

} // namespace wgnl::tests
