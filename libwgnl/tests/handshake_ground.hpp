// SPDX-License-Identifier: LGPL-2.1-or-later
// A network namespace in which the handshake socket is tried: a loopback that is up, an Ethernet
// link whose other end is the test.
#pragma once

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <wgnl/client.hpp>
#include <wgnl/handshake_socket.hpp>

#include <gtest/gtest.h>

#include "base/fd.hpp"
#include "client/parts.hpp"
#include "handshake_packet.hpp"
#include "own_namespace.hpp"
#include "patience.hpp"

namespace wgnl::tests {

/// A tap device: what is written to it arrives from the wire.
class TapDevice {
public:
    explicit TapDevice(const std::string& name) : fd_(open("/dev/net/tun", O_RDWR | O_CLOEXEC)) {
        request_.ifr_flags = IFF_TAP | IFF_NO_PI;
        std::strncpy(request_.ifr_name, name.c_str(), IFNAMSIZ - 1);
        EXPECT_EQ(ioctl(fd_.get(), TUNSETIFF, &request_), 0) << std::strerror(errno);
        EXPECT_EQ(ioctl(fd_.get(), SIOCGIFHWADDR, &request_), 0) << std::strerror(errno);
    }

    struct Frame {
        std::uint16_t type{0x0800};
        bool for_us{true};
        bool priority_tag{false}; ///< an 802.1Q tag of VLAN 0
    };
    void receive(const Packet& payload, Frame frame) {
        Packet whole(6, 0x42);
        if (frame.for_us)
            std::memcpy(whole.data(), request_.ifr_hwaddr.sa_data, 6);
        whole.resize(12, 0x44);
        if (frame.priority_tag)
            whole.insert(whole.end(), {0x81, 0x00, 0xa0, 0x00});
        put16(whole, frame.type);
        whole = joined(std::move(whole), payload);
        EXPECT_EQ(write(fd_.get(), whole.data(), whole.size()), static_cast<ssize_t>(whole.size()))
            << std::strerror(errno);
    }

private:
    UniqueFd fd_;
    ifreq request_{};
};

/// Sends UDP packets to this machine.
class Sender {
public:
    explicit Sender(int family)
        : family_(family), fd_(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

    void send(std::uint16_t port, const Packet& payload) const {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        six.sin6_addr = in6addr_loopback;
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool is_six = family_ == AF_INET6;
        EXPECT_EQ(sendto(fd_.get(), payload.data(), payload.size(), 0,
                         is_six ? reinterpret_cast<const sockaddr*>(&six)
                                : reinterpret_cast<const sockaddr*>(&four),
                         is_six ? sizeof(six) : sizeof(four)),
                  static_cast<ssize_t>(payload.size()))
            << std::strerror(errno);
    }

private:
    int family_;
    UniqueFd fd_;
};

/// A socket whose own packet comes back to it behind all that this thread has sent before. A kernel
/// that is busy puts off what arrives, and nothing else tells when it has come. It is no UDP: of
/// that a listener that is full counts any packet as lost.
class Echo {
public:
    explicit Echo(int family) : fd_(socket(family, SOCK_RAW | SOCK_CLOEXEC, for_experiments)) {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_addr = in6addr_loopback;
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool is_six = family == AF_INET6;
        EXPECT_EQ(connect(fd_.get(),
                          is_six ? reinterpret_cast<const sockaddr*>(&six)
                                 : reinterpret_cast<const sockaddr*>(&four),
                          is_six ? sizeof(six) : sizeof(four)),
                  0)
            << std::strerror(errno);
    }
    void wait() const {
        std::array<char, 64> packet{};
        EXPECT_EQ(::send(fd_.get(), packet.data(), 1, 0), 1) << std::strerror(errno);
        EXPECT_GT(recv(fd_.get(), packet.data(), packet.size(), 0), 0) << std::strerror(errno);
    }

private:
    static constexpr int for_experiments = 253; ///< a protocol, by RFC 3692
    UniqueFd fd_;
};

/// Sends a packet of IPv6 with its header, as it is, to ::1.
inline void send_whole(const Packet& packet) {
    const UniqueFd fd(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    EXPECT_EQ(sendto(fd.get(), packet.data(), packet.size(), 0,
                     reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              static_cast<ssize_t>(packet.size()))
        << std::strerror(errno);
}

/// How often each kind of packet came for each port.
using Heard = std::map<std::pair<std::uint16_t, bool>, std::uint64_t>;

class BellGround : public testing::Test {
protected:
    static constexpr std::uint16_t last_port = 9; ///< what rings there was sent last

    void SetUp() override {
        if (const auto& reason = enter_own_namespace(); !reason.empty())
            GTEST_SKIP() << reason;
        stay_on_this_processor();
        ASSERT_TRUE(links().set_up(1, true));
    }
    static LinkLayer links() { return LinkLayer(*open_netlink(NETLINK_ROUTE), {}); }

    /// So that what was sent first arrives first.
    static void stay_on_this_processor() {
        cpu_set_t here;
        CPU_ZERO(&here);
        CPU_SET(static_cast<unsigned>(sched_getcpu()), &here);
        ASSERT_EQ(sched_setaffinity(0, sizeof(here), &here), 0);
    }
    /// The other way round, where there is another one: something that goes on meanwhile.
    static void leave_this_processor() {
        cpu_set_t others;
        std::memset(&others, 0xff, sizeof(others));
        CPU_CLR(static_cast<unsigned>(sched_getcpu()), &others);
        (void)sched_setaffinity(0, sizeof(others), &others);
    }

    static bool readable(const HandshakeSocket& listener, int milliseconds = 0) {
        pollfd entry{listener.fd(), POLLIN, 0};
        return poll(&entry, 1, milliseconds) > 0;
    }
    /// What came before the listener of `last_port`, which is not told. Lost ones are under no
    /// port.
    static Heard until_last(HandshakeSocket& listener) {
        Heard heard;
        while (!heard.contains({last_port, true})) {
            if (!readable(listener, patience_ms)) {
                ADD_FAILURE() << "the last one never came";
                break;
            }
            add(heard, listener);
        }
        heard.erase({last_port, true});
        return heard;
    }
    static std::uint64_t add(Heard& heard, HandshakeSocket& listener) {
        const auto drained = listener.drain();
        EXPECT_TRUE(drained);
        for (const auto& packets : drained->packets)
            heard[{packets.port, packets.initiation}] += packets.count;
        return drained->lost;
    }
};

} // namespace wgnl::tests
