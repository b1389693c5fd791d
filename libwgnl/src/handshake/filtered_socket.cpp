// SPDX-License-Identifier: LGPL-2.1-or-later
// Sockets that hear handshake packets alone: opened, filtered, locked, read.
#include "filtered_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

namespace wgnl {
namespace {

using Kind = HandshakeSocket::Kind;

constexpr std::string_view listening = "listen for handshakes";
/// The kernel takes it twice, and counts for a packet what its driver allocated: about 1 KiB, 4 KiB
/// at worst. Room for 60 handshakes at least, and for no more than a flood may cost.
constexpr int receive_buffer = 128 * 1024;
constexpr std::size_t packets_at_once = 64;

Error failed(int errnum) {
    if (errnum == EPERM || errnum == EACCES)
        return {Errc::permission_denied, std::string(listening),
                "that needs CAP_NET_RAW: run this as root, or give the service "
                "AmbientCapabilities=CAP_NET_RAW",
                errnum};
    if (errnum == EAFNOSUPPORT)
        return {Errc::unsupported, std::string(listening),
                "this family of sockets is not to be had: it is missing from the kernel, or from "
                "RestrictAddressFamilies= of the service",
                errnum};
    return Error::from_errno(errnum, std::string(listening));
}

FilterStart start_of(Kind kind, int family) {
    if (kind == Kind::raw)
        return family == AF_INET ? FilterStart::ipv4 : FilterStart::udp;
    return family == AF_INET ? FilterStart::ipv4_packet : FilterStart::ipv6_packet;
}

/// A packet socket without a protocol hears nothing until it is bound.
UniqueFd make_socket(Kind kind, int family) {
    constexpr int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    return UniqueFd(kind == Kind::raw ? socket(family, SOCK_RAW | flags, IPPROTO_UDP)
                                      : socket(AF_PACKET, SOCK_DGRAM | flags, 0));
}

template <typename Value> bool set(int fd, int level, int option, const Value& value) {
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

bool filter_for_good(int fd, FilterStart start) {
    auto program = handshake_filter(start);
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter) && set(fd, SOL_SOCKET, SO_LOCK_FILTER, 1);
}

/// What leaves is passed over by the kernel before any filter runs.
bool listen_to_all_links(int fd, int family) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
    return set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) &&
           bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

std::uint16_t load16(std::span<const std::uint8_t> bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

/// Raw sockets can hold packets that came before the filter did: these have their payload still.
std::optional<ReceivedPacket> read_headers(FilterStart start, std::span<const std::uint8_t> bytes) {
    if (bytes.size() < udp_header_size || bytes.size() > longest_headers)
        return std::nullopt;
    const std::size_t udp = bytes.size() - udp_header_size;
    const bool headers_alone = (start != FilterStart::udp || udp == 0) &&
                               (start != FilterStart::ipv4 || udp == (bytes[0] & 0xfU) * 4U);
    const auto length = load16(bytes, udp + 4);
    if (!headers_alone || (length != initiation_udp_length && length != response_udp_length))
        return std::nullopt;
    return ReceivedPacket{.port = load16(bytes, udp + 2),
                          .initiation = length == initiation_udp_length};
}

/// What one call to the kernel receives.
struct Batch {
    std::array<std::array<std::uint8_t, longest_headers>, packets_at_once> bytes;
    std::array<iovec, packets_at_once> vectors{};
    std::array<mmsghdr, packets_at_once> messages{};

    Batch() {
        for (std::size_t i = 0; i < packets_at_once; ++i) {
            vectors[i] = {bytes[i].data(), bytes[i].size()};
            messages[i].msg_hdr.msg_iov = &vectors[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
    }

    int receive(int fd, std::size_t most) {
        const auto count = static_cast<unsigned>(std::min(most, packets_at_once));
        return recvmmsg(fd, messages.data(), count, MSG_DONTWAIT | MSG_TRUNC, nullptr);
    }
    /// Empty if it was longer than any that the filter lets through.
    std::span<const std::uint8_t> packet(std::size_t index) const {
        const std::size_t size = messages[index].msg_len;
        return std::span(bytes[index]).first(size <= longest_headers ? size : 0);
    }
};

} // namespace

Result<FilteredSocket> FilteredSocket::open(Kind kind, int family) {
    const auto start = start_of(kind, family);
    auto fd = make_socket(kind, family);
    if (!fd || !filter_for_good(fd.get(), start) ||
        !set(fd.get(), SOL_SOCKET, SO_RCVBUF, receive_buffer) ||
        (kind == Kind::packet && !listen_to_all_links(fd.get(), family)))
        return std::unexpected(failed(errno));
    FilteredSocket opened(std::move(fd), start);
    // What a raw socket took in before it had its filter.
    if (auto read = opened.read(receive_buffer, [](ReceivedPacket) {}); !read)
        return std::unexpected(std::move(read).error());
    if (auto lost = opened.lost(); !lost)
        return std::unexpected(std::move(lost).error());
    return opened;
}

Result<std::size_t> FilteredSocket::read(std::size_t most,
                                         const std::function<void(ReceivedPacket)>& taken) {
    Batch batch;
    std::size_t total = 0;
    while (total < most) {
        const int count = batch.receive(fd_.get(), most - total);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno != EAGAIN)
            return std::unexpected(failed(errno));
        for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i)
            if (const auto packet = read_headers(start_, batch.packet(i)))
                taken(*packet);
        if (count <= 0)
            break;
        total += static_cast<std::size_t>(count);
    }
    return total;
}

Result<std::uint32_t> FilteredSocket::lost() {
    std::array<std::uint32_t, SK_MEMINFO_VARS> counters{};
    socklen_t size = sizeof(counters);
    if (getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, counters.data(), &size) != 0)
        return std::unexpected(failed(errno));
    return counters[SK_MEMINFO_DROPS] - std::exchange(drops_, counters[SK_MEMINFO_DROPS]);
}

} // namespace wgnl
