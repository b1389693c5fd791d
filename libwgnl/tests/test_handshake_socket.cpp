// SPDX-License-Identifier: LGPL-2.1-or-later
// The handshake socket hears what arrives in a network namespace of the test's own.
#include <wgnl/handshake_socket.hpp>

#include <atomic>
#include <thread>

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "handshake/filtered_socket.hpp"
#include "handshake_ground.hpp"
#include "netlink/inside.hpp"

namespace wgnl {
namespace {

using tests::Heard;
using tests::initiation;
using tests::message;
using tests::response;
using Kind = HandshakeSocket::Kind;

struct Way {
    Kind kind;
    int family;
    const char* name;
};

class HandshakeSocketTest : public tests::BellGround, public testing::WithParamInterface<Way> {
protected:
    void SetUp() override {
        BellGround::SetUp();
        if (IsSkipped())
            return;
        auto opened = HandshakeSocket::open(GetParam().kind);
        ASSERT_TRUE(opened) << opened.error().to_string();
        socket_.emplace(*std::move(opened));
        sender_.emplace(GetParam().family);
        echo_.emplace(GetParam().family);
    }
    HandshakeSocket& listener() { return *socket_; }
    void send(std::uint16_t port, const tests::Packet& payload) {
        constexpr unsigned most_on_their_way = 256; // the kernel drops what is more than 1,000
        sender_->send(port, payload);
        if (++sent_ % most_on_their_way == 0)
            all_arrive();
    }
    /// Waits until all that was sent has arrived.
    void all_arrive() const { echo_->wait(); }
    Heard heard() {
        send(last_port, initiation());
        return until_last(listener());
    }

private:
    std::optional<HandshakeSocket> socket_{};
    std::optional<tests::Sender> sender_{}; // of the namespace that SetUp() enters
    unsigned sent_{};
    std::optional<tests::Echo> echo_{};
};

INSTANTIATE_TEST_SUITE_P(Everywhere, HandshakeSocketTest,
                         testing::Values(Way{Kind::raw, AF_INET, "raw_ipv4"},
                                         Way{Kind::raw, AF_INET6, "raw_ipv6"},
                                         Way{Kind::packet, AF_INET, "packet_ipv4"},
                                         Way{Kind::packet, AF_INET6, "packet_ipv6"}),
                         [](const auto& way) { return std::string(way.param.name); });

TEST_P(HandshakeSocketTest, says_nothing_while_nothing_arrives) {
    EXPECT_FALSE(readable(listener()));
    const auto drained = listener().drain();
    ASSERT_TRUE(drained);
    EXPECT_TRUE(drained->packets.empty());
    EXPECT_EQ(drained->lost, 0U);
}

TEST_P(HandshakeSocketTest, initiations_and_responses_ring_with_their_port) {
    send(51820, initiation());
    send(51820, initiation());
    send(51820, response());
    send(443, response());
    EXPECT_EQ(heard(), (Heard{{{51820, true}, 2}, {{51820, false}, 1}, {{443, false}, 1}}));
    EXPECT_FALSE(readable(listener()));
}

TEST_P(HandshakeSocketTest, nothing_else_rings) {
    send(51820, message(1, 149));
    send(51820, message(2, 91));
    send(51820, message(1, tests::initiation_size, 1));
    send(51820, message(3, 64));
    send(51820, {});
    for (int i = 0; i < 2'000; ++i)
        send(51820, message(4, i % 2 == 0 ? 32 : 1'200));
    EXPECT_EQ(heard(), Heard{});
}

TEST_P(HandshakeSocketTest, a_burst_of_sixty_ports_rings_for_each) {
    Heard sent;
    for (std::uint16_t port = 40'000; port < 40'060; ++port) {
        send(port, initiation());
        sent[{port, true}] = 1;
    }
    all_arrive();
    Heard came;
    EXPECT_EQ(add(came, listener()), 0U);
    EXPECT_EQ(came, sent);
}

TEST_P(HandshakeSocketTest, too_many_ports_are_counted_together) {
    for (std::uint16_t port = 40'000; port < 40'200; ++port)
        send(port, initiation());
    all_arrive();
    const auto drained = listener().drain();
    ASSERT_TRUE(drained);
    ASSERT_EQ(drained->packets.size(), 129U);
    EXPECT_EQ(drained->packets.front().port, 40'000);
    EXPECT_EQ(drained->packets.back().port, 0);
    EXPECT_EQ(drained->packets.back().count, 200U - 128U);
}

TEST_P(HandshakeSocketTest, a_flood_fills_little_and_is_counted) {
    constexpr std::uint64_t flood = 20'000;
    for (std::uint64_t i = 0; i < flood; ++i)
        send(51820, initiation());
    all_arrive();
    Heard came;
    const auto lost = add(came, listener());
    const auto taken = came[{51820, true}];
    EXPECT_GE(taken, 60U);
    EXPECT_LE(taken, 1'024U);
    EXPECT_EQ(taken + lost, flood);
    EXPECT_FALSE(readable(listener())) << "one call takes what there was room for";
    EXPECT_EQ(listener().drain()->lost, 0U) << "told once";
    EXPECT_EQ(heard(), Heard{});
}

TEST_P(HandshakeSocketTest, what_came_before_the_filter_rings_nothing) {
    std::atomic<bool> enough{false};
    std::thread others([&] {
        leave_this_processor();
        auto like_a_header_at_its_end = message(4, tests::initiation_size);
        like_a_header_at_its_end.end()[-4] = 0;
        like_a_header_at_its_end.end()[-3] = initiation_udp_length;
        const tests::Sender sender(GetParam().family);
        while (!enough)
            sender.send(51820, like_a_header_at_its_end);
    });
    const int times = GetParam().kind == Kind::raw ? 200 : 5; // packet sockets wait to be bound
    for (int i = 0; i < times; ++i) {
        auto opened = HandshakeSocket::open(GetParam().kind);
        ASSERT_TRUE(opened);
        const auto drained = opened->drain();
        EXPECT_TRUE(drained->packets.empty());
        EXPECT_EQ(drained->lost, 0U);
    }
    enough = true;
    others.join();
}

TEST_P(HandshakeSocketTest, it_can_be_moved) {
    HandshakeSocket moved(std::move(listener()));
    send(last_port, initiation());
    EXPECT_EQ(until_last(moved), Heard{});
}

TEST_P(HandshakeSocketTest, its_filter_is_there_for_good) {
    const auto [kind, family, name] = GetParam();
    const auto socket = FilteredSocket::open(kind, family);
    ASSERT_TRUE(socket);
    std::array<sock_filter, 1> all{BPF_STMT(BPF_RET | BPF_K, 0xffff)};
    const sock_fprog other{1, all.data()};
    EXPECT_NE(setsockopt(socket->fd(), SOL_SOCKET, SO_ATTACH_FILTER, &other, sizeof(other)), 0);
    EXPECT_EQ(errno, EPERM);
    const int none = 0;
    EXPECT_NE(setsockopt(socket->fd(), SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)), 0);
    EXPECT_EQ(errno, EPERM);
    EXPECT_NE(setsockopt(socket->fd(), SOL_SOCKET, SO_LOCK_FILTER, &none, sizeof(none)), 0);
    EXPECT_EQ(errno, EPERM);
}

/// Of the calling thread.
void drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    ASSERT_EQ(syscall(SYS_capset, &header, none.data()), 0);
}

TEST_P(HandshakeSocketTest, only_opening_needs_a_capability) {
    send(51820, initiation());
    std::thread([this] {
        drop_capabilities();
        const auto refused = HandshakeSocket::open(GetParam().kind);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), Errc::permission_denied);
        EXPECT_NE(refused.error().to_string().find("CAP_NET_RAW"), std::string::npos);
        EXPECT_EQ(heard(), (Heard{{{51820, true}, 1}}));
    }).join();
}

TEST_P(HandshakeSocketTest, it_listens_in_another_namespace) {
    const auto there = tests::make_namespace();
    auto listener = HandshakeSocket::open(GetParam().kind, {.network_namespace = there});
    ASSERT_TRUE(listener) << listener.error().to_string();
    send(51820, initiation());
    ASSERT_TRUE(run_inside(there, [] {
        ASSERT_TRUE(links().set_up(1, true));
        tests::Sender(GetParam().family).send(last_port, initiation());
    }));
    EXPECT_EQ(until_last(*listener), Heard{});
}

/// Has socket() fail in the calling thread for one family, as on a machine that lacks it.
void lose_family(std::uint32_t family) {
    std::array<sock_filter, 6> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, family, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

class HandshakeSocketFamily : public tests::BellGround {};

TEST_F(HandshakeSocketFamily, without_ipv6_it_listens_to_ipv4_alone) {
    std::thread([] {
        lose_family(AF_INET6);
        auto listener = HandshakeSocket::open(Kind::raw);
        ASSERT_TRUE(listener) << listener.error().to_string();
        tests::Sender(AF_INET).send(last_port, initiation());
        EXPECT_EQ(until_last(*listener), Heard{});
    }).join();
}

TEST_F(HandshakeSocketFamily, a_family_that_is_forbidden_is_told_in_words) {
    std::thread([] {
        lose_family(AF_INET);
        const auto listener = HandshakeSocket::open(Kind::raw);
        ASSERT_FALSE(listener);
        EXPECT_EQ(listener.error().code(), Errc::unsupported);
        EXPECT_NE(listener.error().to_string().find("RestrictAddressFamilies"), std::string::npos);
    }).join();
}

} // namespace
} // namespace wgnl
