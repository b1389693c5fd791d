// SPDX-License-Identifier: LGPL-2.1-or-later
// The filters of the handshake socket, run by the kernel on packets that a socket pair carries.
#include "handshake/filtered_socket.hpp"

#include <array>
#include <cerrno>
#include <optional>

#include <sys/socket.h>

#include <gtest/gtest.h>

#include "base/fd.hpp"
#include "handshake_packet.hpp"

namespace wgnl {
namespace {

using namespace tests;
using Start = FilterStart;

/// A filter sees what comes through such a pair from its first byte.
class Filtered {
public:
    explicit Filtered(FilterStart start) {
        std::array<int, 2> ends{};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        sender_.reset(ends[0]);
        receiver_.reset(ends[1]);
        EXPECT_EQ(attach(handshake_filter(start)), 0);
    }

    int attach(std::vector<sock_filter> program) {
        const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
        return setsockopt(receiver_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
    }

    /// What is left of the packet; nothing if it was dropped.
    std::optional<Packet> pass(const Packet& packet) {
        Packet left(packet.size() + 1);
        // One that the filter drops is EPERM for such a pair's sender, or sent to nobody.
        (void)send(sender_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
        const auto size = recv(receiver_.get(), left.data(), left.size(), MSG_DONTWAIT);
        if (size < 0)
            return std::nullopt;
        left.resize(static_cast<std::size_t>(size));
        return left;
    }
    bool passes(const Packet& packet) { return pass(packet).has_value(); }

private:
    UniqueFd sender_{};
    UniqueFd receiver_{};
};

/// The packet's headers: all but what UDP carries.
Packet headers(Packet packet, std::size_t payload) {
    packet.resize(packet.size() - payload);
    return packet;
}

struct Way {
    FilterStart start;
    Packet (*wrap)(const Packet& datagram);
};

class HandshakeFilterTest : public testing::TestWithParam<Way> {
protected:
    std::optional<Packet> pass(const Packet& payload) {
        return filter_.pass(GetParam().wrap(udp(51820, payload)));
    }

private:
    Filtered filter_{GetParam().start};
};

TEST_P(HandshakeFilterTest, initiations_and_responses_are_cut_to_their_headers) {
    const auto& wrap = GetParam().wrap;
    EXPECT_EQ(pass(initiation()), headers(wrap(udp(51820, initiation())), initiation_size));
    EXPECT_EQ(pass(response()), headers(wrap(udp(51820, response())), response_size));
}

TEST_P(HandshakeFilterTest, data_and_cookies_are_dropped) {
    EXPECT_FALSE(pass(message(4, 32))) << "a keepalive";
    EXPECT_FALSE(pass(message(3, 64))) << "a cookie";
    for (const std::size_t size : {response_size, initiation_size, std::size_t{1452}})
        for (const std::uint8_t type : {std::uint8_t{3}, std::uint8_t{4}})
            EXPECT_FALSE(pass(message(type, size))) << size;
}

TEST_P(HandshakeFilterTest, other_lengths_are_dropped) {
    for (const std::size_t size : {4U, 91U, 93U, 147U, 149U, 1400U}) {
        EXPECT_FALSE(pass(message(1, size))) << size;
        EXPECT_FALSE(pass(message(2, size))) << size;
    }
    EXPECT_FALSE(pass(message(1, response_size)));
    EXPECT_FALSE(pass(message(2, initiation_size)));
    EXPECT_FALSE(pass({}));
}

TEST_P(HandshakeFilterTest, reserved_bytes_must_be_zero) {
    EXPECT_FALSE(pass(message(1, initiation_size, 1)));
    EXPECT_FALSE(pass(message(2, response_size, 0x80)));
}

TEST_P(HandshakeFilterTest, headers_cut_short_are_dropped) {
    Filtered filter(GetParam().start);
    const auto whole = GetParam().wrap(udp(51820, initiation()));
    const std::size_t needed = whole.size() - initiation_size + 4;
    for (std::size_t size = 0; size < needed; ++size)
        EXPECT_FALSE(filter.passes(Packet(whole.begin(), whole.begin() + static_cast<long>(size))))
            << size;
    EXPECT_TRUE(filter.passes(Packet(whole.begin(), whole.begin() + static_cast<long>(needed))));
}

Packet bare(const Packet& datagram) { return datagram; }
Packet in_ipv4(const Packet& datagram) { return ipv4(datagram); }
Packet with_options(const Packet& datagram) { return ipv4(datagram, {.option_words = 10}); }
Packet first_fragment(const Packet& datagram) { return ipv4(datagram, {.fragment = 0x2000}); }
Packet in_ipv6(const Packet& datagram) { return ipv6(IPPROTO_UDP, datagram); }
Packet with_one_extension(const Packet& datagram) {
    return ipv6(IPPROTO_HOPOPTS, extension(IPPROTO_UDP, datagram));
}
Packet with_four_extensions(const Packet& datagram) {
    auto packet = fragment(IPPROTO_UDP, 1, datagram);
    packet = extension(IPPROTO_FRAGMENT, packet, 3);
    packet = extension(IPPROTO_ROUTING, packet, 2);
    return ipv6(IPPROTO_HOPOPTS, extension(IPPROTO_DSTOPTS, packet));
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere, HandshakeFilterTest,
    testing::Values(Way{Start::udp, bare}, Way{Start::ipv4, in_ipv4},
                    Way{Start::ipv4, with_options}, Way{Start::ipv4_packet, in_ipv4},
                    Way{Start::ipv4_packet, with_options}, Way{Start::ipv4_packet, first_fragment},
                    Way{Start::ipv6_packet, in_ipv6}, Way{Start::ipv6_packet, with_one_extension},
                    Way{Start::ipv6_packet, with_four_extensions}));

TEST(HandshakeFilter, later_fragments_of_ipv4_are_dropped) {
    Filtered filter(Start::ipv4_packet);
    const auto datagram = udp(51820, initiation());
    EXPECT_FALSE(filter.passes(ipv4(datagram, {.fragment = 0x2001})));
    EXPECT_FALSE(filter.passes(ipv4(datagram, {.fragment = 0x1fff})));
    EXPECT_TRUE(filter.passes(ipv4(datagram, {.fragment = 0x4000}))) << "don't fragment";
}

TEST(HandshakeFilter, later_fragments_of_ipv6_are_dropped) {
    Filtered filter(Start::ipv6_packet);
    const auto datagram = udp(51820, initiation());
    EXPECT_FALSE(filter.passes(ipv6(IPPROTO_FRAGMENT, fragment(IPPROTO_UDP, 8, datagram))));
    EXPECT_FALSE(filter.passes(ipv6(IPPROTO_FRAGMENT, fragment(IPPROTO_UDP, 0xfff8, datagram))));
    EXPECT_TRUE(filter.passes(ipv6(IPPROTO_FRAGMENT, fragment(IPPROTO_UDP, 0, datagram))));
}

TEST(HandshakeFilter, other_protocols_are_dropped) {
    const auto datagram = udp(51820, initiation());
    Filtered four(Start::ipv4_packet);
    Filtered six(Start::ipv6_packet);
    for (const auto protocol :
         std::to_array<std::uint8_t>({IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_UDPLITE, IPPROTO_ESP})) {
        EXPECT_FALSE(four.passes(ipv4(datagram, {.protocol = protocol})));
        EXPECT_FALSE(six.passes(ipv6(protocol, datagram)));
        EXPECT_FALSE(six.passes(ipv6(IPPROTO_HOPOPTS, extension(protocol, datagram))));
    }
}

TEST(HandshakeFilter, a_fifth_extension_header_is_too_many) {
    Filtered filter(Start::ipv6_packet);
    auto packet = extension(IPPROTO_UDP, udp(51820, initiation()));
    for (int i = 0; i < 3; ++i)
        packet = extension(IPPROTO_DSTOPTS, packet);
    EXPECT_TRUE(filter.passes(ipv6(IPPROTO_DSTOPTS, packet)));
    EXPECT_FALSE(filter.passes(ipv6(IPPROTO_DSTOPTS, extension(IPPROTO_DSTOPTS, packet))));
}

TEST(HandshakeFilter, headers_longer_than_anybody_reads_are_dropped) {
    Filtered filter(Start::ipv6_packet);
    const auto datagram = udp(51820, initiation());
    const auto with = [&](std::uint8_t more) {
        return ipv6(IPPROTO_DSTOPTS, extension(IPPROTO_UDP, datagram, more));
    };
    const auto most = static_cast<std::uint8_t>((longest_headers - 40 - 8) / 8 - 1);
    const auto left = filter.pass(with(most));
    ASSERT_TRUE(left);
    EXPECT_EQ(left->size(), longest_headers);
    EXPECT_FALSE(filter.passes(with(most + 1)));
    EXPECT_FALSE(filter.passes(with(255)));
}

TEST(HandshakeFilter, names_no_port) {
    for (const auto port : std::to_array<std::uint16_t>({1, 53, 51820, 65535}))
        EXPECT_TRUE(Filtered(Start::udp).passes(udp(port, response()))) << port;
}

} // namespace
} // namespace wgnl
