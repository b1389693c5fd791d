// SPDX-License-Identifier: LGPL-2.1-or-later
// HandshakeBell: sockets of both families behind one descriptor, counted by port.
#include <wgnl/handshake_bell.hpp>

#include <algorithm>
#include <cerrno>
#include <string>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.hpp"
#include "netlink/inside.hpp"
#include "socket.hpp"

namespace wgnl {
namespace {

constexpr std::size_t most_packets = 1024;
constexpr std::size_t most_rings = 128;

using Ring = HandshakeBell::Ring;

/// Past `most_rings` the port is left out: whoever sends to many has no claim to be told apart.
void add(std::vector<Ring>& rings, RungPacket packet) {
    const auto known = [&](std::uint16_t port) {
        return std::ranges::find_if(rings, [&](const Ring& ring) {
            return ring.port == port && ring.initiation == packet.initiation;
        });
    };
    auto ring = known(packet.port);
    if (ring == rings.end() && rings.size() >= most_rings)
        ring = known(packet.port = 0);
    if (ring == rings.end())
        ring = rings.insert(ring, {.port = packet.port, .initiation = packet.initiation});
    ++ring->count;
}

} // namespace

struct HandshakeBell::State {
    UniqueFd epoll{};
    std::vector<HandshakeSocket> sockets{};
    std::size_t next{0}; ///< the socket that is read first: a full one starves no other

    static Result<std::unique_ptr<State>> open(Kind kind);
    Result<void> listen(Kind kind, int family);
    Result<void> read(std::vector<Ring>& rings);
};

HandshakeBell::HandshakeBell(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
HandshakeBell::HandshakeBell(HandshakeBell&&) noexcept = default;
HandshakeBell& HandshakeBell::operator=(HandshakeBell&&) noexcept = default;
HandshakeBell::~HandshakeBell() = default;

Result<void> HandshakeBell::State::listen(Kind kind, int family) {
    auto socket = HandshakeSocket::open(kind, family);
    if (!socket)
        return std::unexpected(std::move(socket).error());
    epoll_event event{.events = EPOLLIN, .data = {.fd = socket->fd()}};
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, socket->fd(), &event) != 0)
        return std::unexpected(Error::from_errno(errno, "listen for handshakes"));
    sockets.push_back(*std::move(socket));
    return {};
}

Result<std::unique_ptr<HandshakeBell::State>> HandshakeBell::State::open(Kind kind) {
    auto state = std::make_unique<State>();
    state->epoll.reset(epoll_create1(EPOLL_CLOEXEC));
    if (!state->epoll)
        return std::unexpected(Error::from_errno(errno, "listen for handshakes"));
    if (auto heard = state->listen(kind, AF_INET); !heard)
        return std::unexpected(std::move(heard).error());
    auto heard = state->listen(kind, AF_INET6);
    if (!heard && heard.error().errnum() != EAFNOSUPPORT)
        return std::unexpected(std::move(heard).error());
    return state;
}

Result<HandshakeBell> HandshakeBell::open(Kind kind, const OpenOptions& options) {
    auto state = inside(options.network_namespace, [kind] { return State::open(kind); });
    if (!state)
        return std::unexpected(std::move(state).error());
    return HandshakeBell(*std::move(state));
}

int HandshakeBell::fd() const noexcept { return state_->epoll.get(); }

Result<void> HandshakeBell::State::read(std::vector<Ring>& rings) {
    std::size_t left = most_packets;
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        auto& socket = sockets[(next + i) % sockets.size()];
        const auto taken = socket.read(left, [&](RungPacket packet) { add(rings, packet); });
        if (!taken)
            return std::unexpected(taken.error());
        left -= *taken;
    }
    next = (next + 1) % sockets.size();
    return {};
}

Result<HandshakeBell::Rings> HandshakeBell::drain() {
    Rings rings;
    if (auto read = state_->read(rings.rings); !read)
        return std::unexpected(std::move(read).error());
    for (auto& socket : state_->sockets) {
        const auto lost = socket.lost();
        if (!lost)
            return std::unexpected(lost.error());
        rings.lost += *lost;
    }
    return rings;
}

} // namespace wgnl
