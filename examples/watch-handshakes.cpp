// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints a line for each handshake and each change of a peer's state: watch-handshakes DEVICE
#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <wgnl/client.hpp>
#include <wgnl/handshake_socket.hpp>
#include <wgnl/link_monitor.hpp>
#include <wgnl/state.hpp>

#include <poll.h>

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds soonest{5};
constexpr milliseconds slowest{1000};

struct Watched {
    wgnl::PeerTrack track{};
    wgnl::PeerState state{wgnl::PeerState::never};
    nanoseconds stamp{}; ///< of the last handshake, as the kernel gives it
    std::optional<wgnl::Boottime> handshake{};
};

static wgnl::Moment now() {
    return {.boot = wgnl::BoottimeClock::now(),
            .real = std::chrono::system_clock::now().time_since_epoch()};
}

static void look_at(const wgnl::Peer& peer, bool link_up, Watched& watched) {
    const wgnl::Moment moment = now();
    const bool shook_hands = peer.last_handshake != watched.stamp;
    if (shook_hands) {
        watched.stamp = peer.last_handshake;
        const auto previous = watched.track.known ? std::optional{watched.track.at} : std::nullopt;
        watched.handshake = handshake_time(watched.stamp, moment, previous);
    }
    wgnl::Observation seen{.at = moment.boot, .link_up = link_up, .handshake = watched.handshake};
    seen.endpoint_known = peer.endpoint.has_value();
    seen.keepalive = peer.persistent_keepalive;
    seen.rx_bytes = peer.rx_bytes;
    seen.tx_bytes = peer.tx_bytes;
    observe(watched.track, seen);
    const auto state = judge(watched.track, seen, seen.at).state;
    if (shook_hands || state != watched.state) {
        std::cout << peer.public_key.to_base64() << ' ' << to_string(state)
                  << (shook_hands ? ", handshake" : "") << '\n'
                  << std::flush;
    }
    watched.state = state;
}

/// What wakes the program, besides time.
struct Ears {
    wgnl::LinkMonitor links;
    wgnl::HandshakeSocket handshakes;

    /// Waits for changes of links, and with `hear` for handshake packets; whether one of these
    /// came.
    wgnl::Result<bool> wait(milliseconds pause, bool hear) {
        std::array<pollfd, 2> fds{
            {{links.fd(), POLLIN, 0}, {hear ? handshakes.fd() : -1, POLLIN, 0}}};
        poll(fds.data(), fds.size(), static_cast<int>(pause.count()));
        const auto drained = links.drain();
        const auto packets = hear ? handshakes.drain() : wgnl::HandshakeSocket::Drained{};
        if (!drained || !packets)
            return std::unexpected(drained ? packets.error() : drained.error());
        return !packets->packets.empty();
    }
};

/// A handshake shows some milliseconds after its packet came, so the device is read soon then, and
/// less and less often afterwards, down to once a second. The socket is not listened to meanwhile:
/// anybody can send one. Ends when the device cannot be read.
static wgnl::Error watch(wgnl::Client& client, Ears& ears, std::string_view name) {
    std::unordered_map<wgnl::PublicKey, Watched> peers;
    milliseconds pause = slowest;
    while (true) {
        const auto link = client.links().get(name);
        const auto device = client.devices().get(name);
        if (!link || !device)
            return link ? device.error() : link.error();
        for (const auto& peer : device->peers)
            look_at(peer, link->up, peers[peer.public_key]);
        const auto came = ears.wait(pause, pause == slowest);
        if (!came)
            return came.error();
        pause = *came ? soonest : std::min(pause * 2, slowest);
    }
}

static wgnl::Error run(std::string_view name) {
    auto client = wgnl::Client::open();
    auto links = wgnl::LinkMonitor::open();
    auto handshakes = wgnl::HandshakeSocket::open();
    if (!client || !links || !handshakes)
        return !client ? client.error() : !links ? links.error() : handshakes.error();
    Ears ears{.links = *std::move(links), .handshakes = *std::move(handshakes)};
    return watch(*client, ears, name);
}

int main(int argc, char** argv) {
    if (argc != 2 || argv[1][0] == '-') {
        std::cout << "usage: watch-handshakes DEVICE\n";
        return argc == 2 ? 0 : 2;
    }
    std::cerr << "watch-handshakes: " << run(argv[1]).to_string() << '\n';
    return 1;
}
