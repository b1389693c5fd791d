// SPDX-License-Identifier: LGPL-2.1-or-later
// Where handshake packets come from, on the event loop.
#pragma once

#include <functional>
#include <memory>

#include <wgnl/handshake_socket.hpp>

#include "sd/loop.hpp"

namespace wgnl::daemon {

/// An interface, so that tests can packets.
class HandshakeSource {
public:
    virtual ~HandshakeSource() = default;
    /// Whether anything can be heard at all.
    virtual bool works() const = 0;
    /// Whether packets call back; what comes meanwhile is kept, as far as there is room.
    virtual void listen(bool on) = 0;
    /// What came since the last call.
    virtual HandshakeSocket::Drained drain() = 0;
};

/// A HandshakeSocket: hears the machine's network.
class SocketHandshakeSource final : public HandshakeSource {
public:
    /// Needs CAP_NET_RAW, which may be dropped afterwards. Without it the result is a source that
    /// does not work, and `trouble` says why.
    SocketHandshakeSource(sd_event* event, std::function<void()> on_packets);

    bool works() const override { return socket_.has_value(); }
    void listen(bool on) override;
    HandshakeSocket::Drained drain() override;
    const std::optional<Error>& trouble() const { return trouble_; }

private:
    std::optional<HandshakeSocket> socket_{};
    std::unique_ptr<sd::Watch> watch_{};
    std::optional<Error> trouble_{};
};

} // namespace wgnl::daemon
