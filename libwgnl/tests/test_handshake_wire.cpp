// SPDX-License-Identifier: LGPL-2.1-or-later
// What the two kinds of the handshake socket hear of packets that are not plain: cut to fragments,
// with options and extension headers, tagged, for others, redirected, refused by a firewall.
#include <wgnl/handshake_socket.hpp>

#include <algorithm>
#include <cstdlib>

#include "handshake_ground.hpp"

namespace wgnl {
namespace {

using tests::extension;
using tests::fragment;
using tests::Heard;
using tests::initiation;
using tests::ipv4;
using tests::ipv6;
using tests::Packet;
using tests::send_whole;
using tests::udp;
using Kind = HandshakeSocket::Kind;

constexpr std::uint16_t port = 51820;
const Heard once{{{port, true}, 1}};
const Heard never{};

class HandshakeWireTest : public tests::BellGround, public testing::WithParamInterface<Kind> {
protected:
    void SetUp() override {
        BellGround::SetUp();
        if (IsSkipped())
            return;
        if (const auto reason = tests::tun_refused(); !reason.empty())
            GTEST_SKIP() << reason;
        wire_.emplace("wgtap0");
        const auto index = links().find("wgtap0")->link.ifindex;
        ASSERT_TRUE(links().add_address(index, *InterfaceAddress::parse("192.0.2.2/24")));
        ASSERT_TRUE(links().set_up(index, true));
        socket_.emplace(*HandshakeSocket::open(GetParam()));
    }
    Heard heard() {
        tests::Sender(AF_INET).send(last_port, initiation());
        return until_last(*socket_);
    }
    bool raw() const { return GetParam() == Kind::raw; }
    tests::TapDevice& wire() { return *wire_; }

private:
    std::optional<tests::TapDevice> wire_{};
    std::optional<HandshakeSocket> socket_{};
};

INSTANTIATE_TEST_SUITE_P(Kinds, HandshakeWireTest, testing::Values(Kind::raw, Kind::packet),
                         [](const auto& kind) {
                             return kind.param == Kind::raw ? "raw" : "packet";
                         });

/// The part of a datagram that a fragment carries.
Packet part(const Packet& whole, std::size_t from, std::size_t size) {
    const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(std::min(size, whole.size() - from))};
}

TEST_P(HandshakeWireTest, plain_packets_ring) {
    wire().receive(ipv4(udp(port, initiation())), {});
    EXPECT_EQ(heard(), once);
    send_whole(ipv6(IPPROTO_UDP, udp(port, initiation())));
    EXPECT_EQ(heard(), once);
}

TEST_P(HandshakeWireTest, options_of_ipv4_are_stepped_over) {
    wire().receive(ipv4(udp(port, initiation()), {.option_words = 10}), {});
    EXPECT_EQ(heard(), once);
}

TEST_P(HandshakeWireTest, fragments_of_ipv4_ring_once) {
    const auto whole = udp(port, initiation());
    wire().receive(ipv4(part(whole, 0, 80), {.fragment = 0x2000}), {});
    EXPECT_EQ(heard(), raw() ? never : once) << "packet sockets hear the first fragment";
    wire().receive(ipv4(part(whole, 80, 800), {.fragment = 10}), {});
    EXPECT_EQ(heard(), raw() ? once : never) << "raw sockets hear the whole";
}

TEST_P(HandshakeWireTest, a_first_fragment_without_the_type_rings_when_it_is_whole) {
    const auto whole = udp(port, initiation());
    wire().receive(ipv4(part(whole, 0, 8), {.fragment = 0x2000}), {});
    wire().receive(ipv4(part(whole, 8, 800), {.fragment = 1}), {});
    EXPECT_EQ(heard(), raw() ? once : never);
}

TEST_P(HandshakeWireTest, fragments_of_ipv6_ring_once) {
    const auto whole = udp(port, initiation());
    const auto send = [](std::uint16_t place, const Packet& payload) {
        send_whole(ipv6(IPPROTO_FRAGMENT, fragment(IPPROTO_UDP, place, payload)));
    };
    send(1, part(whole, 0, 80));
    EXPECT_EQ(heard(), raw() ? never : once);
    send(80, part(whole, 80, 800));
    EXPECT_EQ(heard(), raw() ? once : never);
}

TEST_P(HandshakeWireTest, extension_headers_of_ipv6_are_stepped_over) {
    const auto last = extension(IPPROTO_UDP, udp(port, initiation()));
    send_whole(ipv6(IPPROTO_DSTOPTS, last));
    EXPECT_EQ(heard(), once);
    send_whole(ipv6(IPPROTO_HOPOPTS, extension(IPPROTO_DSTOPTS, last)));
    EXPECT_EQ(heard(), once);
}

TEST_P(HandshakeWireTest, five_extension_headers_are_too_many_for_packet_sockets) {
    auto packet = extension(IPPROTO_UDP, udp(port, initiation()));
    for (int i = 0; i < 4; ++i)
        packet = extension(IPPROTO_DSTOPTS, packet);
    send_whole(ipv6(IPPROTO_DSTOPTS, packet));
    EXPECT_EQ(heard(), raw() ? once : never);
}

TEST_P(HandshakeWireTest, a_priority_tag_makes_no_difference) {
    wire().receive(ipv4(udp(port, initiation())), {.priority_tag = true});
    EXPECT_EQ(heard(), once);
}

TEST_P(HandshakeWireTest, frames_for_other_machines_do_not_ring) {
    wire().receive(ipv4(udp(port, initiation())), {.for_us = false});
    EXPECT_EQ(heard(), never);
}

TEST_P(HandshakeWireTest, what_a_router_passes_on_rings_packet_sockets) {
    wire().receive(ipv4(udp(port, initiation()), {.last_of_destination = 77}), {});
    EXPECT_EQ(heard(), raw() ? never : once);
}

/// A table of nftables that lives as long as this.
class Firewall {
public:
    Firewall() : exists_(run("nft add table ip wgnltest")) {}
    Firewall(const Firewall&) = delete;
    Firewall& operator=(const Firewall&) = delete;
    ~Firewall() { EXPECT_TRUE(!exists_ || run("nft delete table ip wgnltest")); }
    bool exists() const { return exists_; } ///< else nft is missing, or the kernel's part of it
    void add(const std::string& hook, const std::string& rule) {
        EXPECT_TRUE(run("nft 'add chain ip wgnltest c { type " + hook + "; }'"));
        EXPECT_TRUE(run("nft add rule ip wgnltest c " + rule));
    }

private:
    static bool run(const std::string& command) { return std::system(command.c_str()) == 0; }
    bool exists_;
};

TEST_P(HandshakeWireTest, a_redirected_port_is_the_final_one_for_raw_sockets_alone) {
    Firewall firewall;
    if (!firewall.exists())
        GTEST_SKIP() << "nft, or the kernel's part of it, is missing";
    firewall.add("nat hook prerouting priority -100", "udp dport 443 redirect to 51820");
    wire().receive(ipv4(udp(443, initiation())), {});
    const Heard as_sent{{{std::uint16_t{443}, true}, 1}};
    EXPECT_EQ(heard(), raw() ? once : as_sent);
}

TEST_P(HandshakeWireTest, what_a_firewall_drops_rings_packet_sockets) {
    Firewall firewall;
    if (!firewall.exists())
        GTEST_SKIP() << "nft, or the kernel's part of it, is missing";
    firewall.add("filter hook input priority 0", "udp dport 51820 drop");
    wire().receive(ipv4(udp(port, initiation())), {});
    EXPECT_EQ(heard(), raw() ? never : once);
}

} // namespace
} // namespace wgnl
