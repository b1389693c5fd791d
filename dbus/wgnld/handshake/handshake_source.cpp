// SPDX-License-Identifier: LGPL-2.1-or-later
// A HandshakeSocket on the event loop.
#include "handshake_source.hpp"

namespace wgnl::daemon {

SocketHandshakeSource::SocketHandshakeSource(sd_event* event, std::function<void()> on_packets) {
    auto socket = HandshakeSocket::open();
    if (!socket) {
        trouble_ = socket.error();
        return;
    }
    auto watch = sd::Watch::open(event, socket->fd(), std::move(on_packets));
    if (!watch) {
        trouble_ = watch.error();
        return;
    }
    socket_ = std::move(*socket);
    watch_ = std::move(*watch);
}

void SocketHandshakeSource::listen(bool on) {
    if (watch_)
        watch_->enable(on);
}

HandshakeSocket::Drained SocketHandshakeSource::drain() {
    if (!socket_)
        return {};
    // A socket in trouble tells of nothing: better to look once too often.
    return socket_->drain().value_or(HandshakeSocket::Drained{.lost = 1});
}

} // namespace wgnl::daemon
