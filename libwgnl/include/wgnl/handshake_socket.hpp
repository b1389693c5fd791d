// SPDX-License-Identifier: LGPL-2.1-or-later
// Notices WireGuard handshakes as they arrive, without asking the kernel for devices.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <wgnl/error.hpp>
#include <wgnl/network_namespace.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// Handshake packets of one kind that came for one port.
struct HandshakePackets {
    std::uint16_t port{};  ///< where they went; 0 if unknown: there were too many to tell
    bool initiation{};     ///< else a response
    std::uint64_t count{}; ///< at least 1
};

/// Notices WireGuard handshake packets that arrive in one network namespace, whatever their port:
/// initiations and responses, by length and type alone. Nothing is checked that only the keys could
/// tell, so a packet is a reason to look at a device and no more. Packets that leave are not
/// noticed.
///
/// The kernel picks the packets out and hands over their headers, never what they carry; that
/// filter cannot be changed or removed any more. Opening needs CAP_NET_RAW, nothing afterwards
/// does.
class HandshakeSocket {
public:
    /// How it listens; docs/handshakes.md compares them.
    enum class Kind : std::uint8_t {
        raw,    ///< raw UDP sockets: what the firewall let through, put together, to its final port
        packet, ///< packet sockets: every packet for this machine, as it came from the wire
    };
    static constexpr Kind best = Kind::raw;

    /// Listens from now on. permission_denied without CAP_NET_RAW. A machine without IPv6 is
    /// listened to on IPv4 alone.
    static Result<HandshakeSocket> open(Kind kind = best, const OpenOptions& options = {});
    HandshakeSocket(HandshakeSocket&&) noexcept;
    HandshakeSocket& operator=(HandshakeSocket&&) noexcept;
    ~HandshakeSocket();

    int fd() const noexcept; ///< readable when packets came; an epoll descriptor

    /// What drain() found.
    struct Drained {
        std::vector<HandshakePackets> packets{}; ///< at most 130, two of them for port 0
        /// Packets that the kernel dropped since the last call because nobody drained: for which
        /// ports is not known. An upper bound: raw sockets of newer kernels also count UDP that
        /// would not have been noticed.
        std::uint64_t lost{};
    };
    /// What came since the last call. Never blocks. Takes at most 1,024 packets; if there are more,
    /// fd() stays readable.
    Result<Drained> drain();

private:
    struct [[gnu::visibility("hidden")]] State;
    [[gnu::visibility("hidden")]] explicit HandshakeSocket(std::unique_ptr<State> state) noexcept;

    std::unique_ptr<State> state_;
};

} // namespace wgnl
