// SPDX-License-Identifier: LGPL-2.1-or-later
// HandshakeSocket: sockets of both families behind one descriptor, counted by port.
#include <wgnl/handshake_socket.hpp>

#include <algorithm>
#include <cerrno>
#include <string>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.hpp"
#include "filtered_socket.hpp"
#include "netlink/inside.hpp"

namespace wgnl {
namespace {

constexpr std::size_t most_packets = 1024;
constexpr std::size_t most_ports = 128;

/// Past `most_ports` the port is left out: whoever sends to many has no claim to be told apart.
void add(std::vector<HandshakePackets>& found, ReceivedPacket packet) {
    const auto known = [&](std::uint16_t port) {
        return std::ranges::find_if(found, [&](const HandshakePackets& entry) {
            return entry.port == port && entry.initiation == packet.initiation;
        });
    };
    auto entry = known(packet.port);
    if (entry == found.end() && found.size() >= most_ports)
        entry = known(packet.port = 0);
    if (entry == found.end())
        entry = found.insert(entry, {.port = packet.port, .initiation = packet.initiation});
    ++entry->count;
}

} // namespace

struct HandshakeSocket::State {
    UniqueFd epoll{};
    std::vector<FilteredSocket> sockets{};
    std::size_t next{0}; ///< the socket that is read first: a full one starves no other

    static Result<std::unique_ptr<State>> open(Kind kind);
    Result<void> listen(Kind kind, int family);
    Result<void> read(std::vector<HandshakePackets>& found);
};

HandshakeSocket::HandshakeSocket(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
HandshakeSocket::HandshakeSocket(HandshakeSocket&&) noexcept = default;
HandshakeSocket& HandshakeSocket::operator=(HandshakeSocket&&) noexcept = default;
HandshakeSocket::~HandshakeSocket() = default;

Result<void> HandshakeSocket::State::listen(Kind kind, int family) {
    auto socket = FilteredSocket::open(kind, family);
    if (!socket)
        return std::unexpected(std::move(socket).error());
    epoll_event event{.events = EPOLLIN, .data = {.fd = socket->fd()}};
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, socket->fd(), &event) != 0)
        return std::unexpected(Error::from_errno(errno, "listen for handshakes"));
    sockets.push_back(*std::move(socket));
    return {};
}

Result<std::unique_ptr<HandshakeSocket::State>> HandshakeSocket::State::open(Kind kind) {
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

Result<HandshakeSocket> HandshakeSocket::open(Kind kind, const OpenOptions& options) {
    auto state = inside(options.network_namespace, [kind] { return State::open(kind); });
    if (!state)
        return std::unexpected(std::move(state).error());
    return HandshakeSocket(*std::move(state));
}

int HandshakeSocket::fd() const noexcept { return state_->epoll.get(); }

Result<void> HandshakeSocket::State::read(std::vector<HandshakePackets>& found) {
    std::size_t left = most_packets;
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        auto& socket = sockets[(next + i) % sockets.size()];
        const auto taken = socket.read(left, [&](ReceivedPacket packet) { add(found, packet); });
        if (!taken)
            return std::unexpected(taken.error());
        left -= *taken;
    }
    next = (next + 1) % sockets.size();
    return {};
}

Result<HandshakeSocket::Drained> HandshakeSocket::drain() {
    Drained drained;
    if (auto read = state_->read(drained.packets); !read)
        return std::unexpected(std::move(read).error());
    for (auto& socket : state_->sockets) {
        const auto lost = socket.lost();
        if (!lost)
            return std::unexpected(lost.error());
        drained.lost += *lost;
    }
    return drained;
}

} // namespace wgnl
