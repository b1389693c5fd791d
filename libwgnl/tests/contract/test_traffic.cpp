// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract of Client where packets flow and others change the device: no fake does that.
#include <array>
#include <atomic>
#include <thread>

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.hpp"
#include "client/parts.hpp"
#include "contract/contract_test.hpp"
#include "patience.hpp"

namespace wgnl::tests {
namespace {

class TrafficContract : public ContractTest {};

/// Receives what is sent to a port of 127.0.0.1.
class UdpPeer {
public:
    UdpPeer() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        const timeval limit{patience.count() / 1000, 0};
        setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        if (bind(fd_.get(), generic, size) == 0 && getsockname(fd_.get(), generic, &size) == 0)
            port_ = ntohs(address.sin_port);
    }
    Endpoint endpoint() const { return {IpAddress::parse("127.0.0.1").value(), port_, 0}; }
    /// Size and first byte of the next packet; zeros if none comes.
    std::pair<ssize_t, int> receive() {
        std::array<std::uint8_t, 2048> packet{};
        const ssize_t size = recv(fd_.get(), packet.data(), packet.size(), 0);
        return {std::max<ssize_t>(size, 0), packet[0]};
    }

private:
    UniqueFd fd_;
    std::uint16_t port_{};
};

void set_loopback_up() {
    auto route = open_netlink(NETLINK_ROUTE);
    ASSERT_TRUE(route) << route.error().to_string();
    ASSERT_TRUE(LinkLayer(*std::move(route)).set_up(1, true));
}

TEST_F(TrafficContract, ANudgeStartsAHandshake) {
    constexpr std::pair<ssize_t, int> initiation{148, 1};
    set_loopback_up();
    UdpPeer remote;
    set({.private_key = PrivateKey::generate()});
    ASSERT_TRUE(client().links().set_up("wgc0", true));
    set({.public_key = public_key_of(PrivateKey::generate()), .action = Action::add});
    const PublicKey added = get().peers.at(0).public_key;

    set({.public_key = added,
         .endpoint = remote.endpoint(),
         .persistent_keepalive = 0,
         .trigger_handshake = true});

    EXPECT_EQ(remote.receive(), initiation);
}

TEST_F(TrafficContract, AReadingIsCompleteOrAnErrorWhileOthersWrite) {
    constexpr std::size_t count = 500;
    DeviceChange change;
    for (unsigned i = 0; i < count; ++i)
        change.peers.push_back(
            {.public_key = key(i), .action = Action::add, .add_allowed_ips = prefixes(10, 10 * i)});
    set(change);
    std::atomic<bool> finished = false;
    std::thread writer([&] {
        auto other = Client::open();
        for (std::uint16_t i = 0; other && !finished; ++i)
            (void)other->devices().set(
                "wgc0", {.peers = {{.public_key = key(1), .persistent_keepalive = i}}});
    });

    for (int i = 0; i < 30; ++i) {
        const auto device = client().devices().get("wgc0");
        if (!device) {
            EXPECT_EQ(device.error().code(), Errc::interrupted);
            continue;
        }
        EXPECT_EQ(device->peers.size(), count);
        for (const Peer& each : device->peers)
            EXPECT_EQ(each.allowed_ips.size(), 10U);
    }
    finished = true;
    writer.join();
}

} // namespace
} // namespace wgnl::tests
