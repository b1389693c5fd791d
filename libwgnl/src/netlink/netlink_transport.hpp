// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests and replies over a netlink socket, with every check that the protocol asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "values/transport.hpp"

namespace wgnl {

/// The socket below NetlinkTransport: datagrams to and from the kernel.
class DatagramSocket {
public:
    virtual ~DatagramSocket() = default;

    enum class Wait : std::uint8_t { no, yes };
    struct Received {
        std::size_t size{};     ///< of the datagram, even if it did not fit
        int errnum{};           ///< positive errno, EAGAIN after the time limit; 0 = received
        bool truncated{};       ///< the buffer was too small
        bool from_kernel{true}; ///< sent by the kernel, not by another process
    };

    virtual std::uint32_t port_id() const noexcept = 0;
    virtual int send(Bytes datagram) = 0; ///< positive errno or 0
    virtual Received receive(std::span<std::uint8_t> buffer, Wait wait) = 0;
};

/// Keeps its receive buffer between exchanges and wipes what was received: dumps carry keys.
class NetlinkTransport final : public Transport {
public:
    explicit NetlinkTransport(std::unique_ptr<DatagramSocket> socket);

    Result<void> exchange(std::span<std::uint8_t> request, const ReplySink& sink,
                          std::string_view operation) override;

private:
    class Conversation;

    Result<void> send(std::span<std::uint8_t> request, std::string_view operation);
    Result<void> receive(Conversation& conversation);
    void discard_leftovers();

    std::unique_ptr<DatagramSocket> socket_;
    std::vector<std::uint8_t> buffer_;
    std::uint32_t sequence_{};
    bool leftovers_{}; ///< the last exchange ended before its last reply
};

} // namespace wgnl
