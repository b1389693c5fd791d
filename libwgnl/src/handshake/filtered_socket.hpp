// SPDX-License-Identifier: LGPL-2.1-or-later
// One socket of the handshake socket.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include <wgnl/handshake_socket.hpp>

#include "base/fd.hpp"
#include "filter.hpp"

namespace wgnl {

/// The start of a handshake packet that got through the filter.
struct ReceivedPacket {
    std::uint16_t port{};
    bool initiation{};
};

class FilteredSocket {
public:
    /// `family` is AF_INET or AF_INET6; EAFNOSUPPORT is an error that says so by errnum().
    static Result<FilteredSocket> open(HandshakeSocket::Kind kind, int family);

    int fd() const noexcept { return fd_.get(); }

    /// Hands over what came, at most `most` packets; how many were taken from the socket.
    Result<std::size_t> read(std::size_t most, const std::function<void(ReceivedPacket)>& taken);
    /// Packets for which there was no room since the last call.
    Result<std::uint32_t> lost();

private:
    FilteredSocket(UniqueFd fd, FilterStart start) noexcept : fd_(std::move(fd)), start_(start) {}

    UniqueFd fd_;
    FilterStart start_;
    std::uint32_t drops_{}; ///< as the kernel counts them, modulo 2^32
};

} // namespace wgnl
