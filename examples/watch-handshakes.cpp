// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints a line for each handshake and each change of a peer's state: watch-handshakes DEVICE
#include <chrono>
#include <ctime>
#include <iostream>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <wgnl/client.hpp>
#include <wgnl/state.hpp>

#include <poll.h>

using std::chrono::nanoseconds;

struct Watched {
    wgnl::PeerTrack track{};
    wgnl::PeerState state{wgnl::PeerState::never};
    nanoseconds stamp{}; ///< of the last handshake, as the kernel gives it
    std::optional<wgnl::Boottime> handshake{};
};

static nanoseconds now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

static void look_at(const wgnl::Peer& peer, bool link_up, Watched& watched) {
    const wgnl::Clocks clocks{.boot = now(CLOCK_BOOTTIME), .real = now(CLOCK_REALTIME)};
    const bool shook_hands = peer.last_handshake != watched.stamp;
    if (shook_hands) {
        watched.stamp = peer.last_handshake;
        watched.handshake = handshake_time(watched.stamp, clocks);
    }
    wgnl::Observation seen{.at = clocks.boot, .link_up = link_up, .handshake = watched.handshake};
    seen.endpoint_known = peer.endpoint.has_value();
    seen.keepalive = peer.persistent_keepalive;
    seen.rx_bytes = peer.rx_bytes;
    seen.tx_bytes = peer.tx_bytes;
    observe(watched.track, seen);
    const auto state = judge(watched.track, seen, seen.at).state;
    if (shook_hands || state != watched.state) {
        std::cout << peer.public_key.to_base64() << ' ' << to_string(state)
                  << (shook_hands ? ", handshake" : "") << std::endl;
    }
    watched.state = state;
}

/// Handshakes are not announced, so the device is read once a second; changes of links are, and are
/// looked at when they come. Ends when the device cannot be read.
static wgnl::Error watch(wgnl::Client& client, wgnl::LinkMonitor& monitor, std::string_view name) {
    std::unordered_map<wgnl::PublicKey, Watched> peers;
    while (true) {
        const auto link = client.link(name);
        const auto device = client.get(name);
        if (!link || !device) {
            return link ? device.error() : link.error();
        }
        for (const auto& peer : device->peers) {
            look_at(peer, link->up, peers[peer.public_key]);
        }
        pollfd changes{.fd = monitor.fd(), .events = POLLIN, .revents = 0};
        poll(&changes, 1, 1000);
        if (const auto drained = monitor.drain(); !drained) {
            return drained.error();
        }
    }
}

int main(int argc, char** argv) {
    if (argc != 2 || argv[1][0] == '-') {
        std::cout << "usage: watch-handshakes DEVICE\n";
        return argc == 2 ? 0 : 2;
    }
    auto client = wgnl::Client::open();
    auto monitor = wgnl::LinkMonitor::open();
    const auto why = client && monitor ? watch(*client, *monitor, argv[1])
                                       : (client ? monitor.error() : client.error());
    std::cerr << "watch-handshakes: " << why.to_string() << '\n';
    return 1;
}
