// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the netlink transport with datagrams, each behind its result and length.
#include "netlink/netlink_transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <linux/netlink.h>

#include "fuzz.hpp"

namespace wgnl::fuzz {
namespace {

constexpr std::uint32_t our_port = 0x1111;

/// Plays the datagrams of the input; behind the last one there is silence.
class PlayedSocket final : public DatagramSocket {
public:
    PlayedSocket(Input& input, std::span<std::uint8_t>& buffer) : input_(input), buffer_(buffer) {}

    std::uint32_t port_id() const noexcept override { return our_port; }
    int send(Bytes) override { return 0; }
    Received receive(std::span<std::uint8_t> buffer, Wait) override {
        buffer_ = buffer;
        if (input_.empty())
            return {.errnum = EAGAIN};
        const auto kind = input_.number<std::uint8_t>();
        if (kind >= 0xf0)
            return {.errnum = kind == 0xff ? ENOBUFS : kind - 0xef};
        const auto datagram = input_.chunk();
        std::copy_n(datagram.begin(), std::min(datagram.size(), buffer.size()), buffer.begin());
        return {.size = datagram.size(),
                .truncated = datagram.size() > buffer.size() || kind == 0xee,
                .from_kernel = kind != 0xed};
    }

private:
    Input& input_;
    std::span<std::uint8_t>& buffer_;
};

nlmsghdr header_of(Bytes message) {
    nlmsghdr header{};
    require(message.size() >= sizeof(header), "a message has a header");
    std::memcpy(&header, message.data(), sizeof(header));
    return header;
}

void require_delivered(Bytes message, Bytes buffer, std::uint32_t sequence) {
    const auto header = header_of(message);
    require(header.nlmsg_len == message.size(), "a message is whole");
    require(header.nlmsg_seq == sequence && header.nlmsg_pid == our_port, "a message is ours");
    require(message.data() >= buffer.data() &&
                message.data() + message.size() <= buffer.data() + buffer.size(),
            "a message lies within the datagram");
}

/// Compares the buffer with itself, one byte further on: a loop would take most of the time.
bool is_wiped(Bytes buffer) {
    return buffer.empty() ||
           (buffer.front() == 0 && std::memcmp(buffer.data(), &buffer[1], buffer.size() - 1) == 0);
}

Result<void> exchange(NetlinkTransport& transport, const std::span<std::uint8_t>& buffer,
                      std::uint32_t sequence) {
    nlmsghdr header{.nlmsg_len = sizeof(nlmsghdr), .nlmsg_type = 31, .nlmsg_flags = NLM_F_REQUEST};
    std::array<std::uint8_t, sizeof(header)> request;
    std::memcpy(request.data(), &header, sizeof(header));
    return transport.exchange(
        request,
        [&](Bytes message) -> Result<void> {
            require_delivered(message, buffer, sequence);
            return message.back() == 0xee ? fail(Errc::protocol, "fuzz", "refused")
                                          : Result<void>{};
        },
        "fuzz");
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    fuzz::Input input(data, size);
    std::span<std::uint8_t> buffer;
    NetlinkTransport transport(std::make_unique<fuzz::PlayedSocket>(input, buffer));
    for (std::uint32_t sequence = 1; sequence <= 3; ++sequence) {
        const auto result = fuzz::exchange(transport, buffer, sequence);
        fuzz::require(result || result.error().errnum() >= 0, "an errno is positive");
        fuzz::require(fuzz::is_wiped(buffer), "what was received is wiped");
    }
    return 0;
}
