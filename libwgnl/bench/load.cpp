// SPDX-License-Identifier: LGPL-2.1-or-later
// Datagrams and connections between two network namespaces.
#include "load.hpp"
#include "base/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <poll.h>

#include <wgnl/network_namespace.hpp>

#include "netlink/inside.hpp"

namespace wgnl::bench {
namespace {

constexpr std::size_t at_once = 64;
constexpr std::uint16_t load_port = 5201;
constexpr std::size_t segment_size = 1448;
constexpr std::size_t most_at_once = 64 * 1024;
constexpr int patience_ms = 5'000;

[[noreturn]] void give_up(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// A socket of that namespace; the calling thread stays where it is.
UniqueFd socket_in(const std::string& name, int family, int type) {
    const auto where = Namespace::open(name);
    if (!where)
        throw std::runtime_error(where.error().to_string());
    UniqueFd fd;
    const auto ran = run_inside(
        *where, [&] { fd.reset(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); });
    if (!ran || !fd)
        give_up("socket");
    return fd;
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size{};

    explicit Address(const std::string& text) {
        auto& four = reinterpret_cast<sockaddr_in&>(storage);
        auto& six = reinterpret_cast<sockaddr_in6&>(storage);
        const bool is_six = inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1;
        if (!is_six && inet_pton(AF_INET, text.c_str(), &four.sin_addr) != 1)
            throw std::runtime_error("no address: " + text);
        storage.ss_family = is_six ? AF_INET6 : AF_INET;
        (is_six ? six.sin6_port : four.sin_port) = htons(load_port);
        size = is_six ? sizeof(six) : sizeof(four);
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

void await(int fd, short what) {
    pollfd entry{fd, what, 0};
    if (poll(&entry, 1, patience_ms) != 1)
        throw std::runtime_error("packets were lost on the way");
}

UniqueFd bound(const Route& route, const Address& address, int type) {
    auto fd = socket_in(route.to, address.storage.ss_family, type);
    const int on = 1;
    (void)setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd.get(), address.get(), address.size) != 0)
        give_up("bind");
    return fd;
}

UniqueFd connected(const Route& route, const Address& address, int type) {
    auto fd = socket_in(route.from, address.storage.ss_family, type);
    if (connect(fd.get(), address.get(), address.size) != 0 && errno != EINPROGRESS)
        give_up("connect");
    return fd;
}

class UdpLoad : public Load {
public:
    UdpLoad(const Route& route, std::vector<std::uint8_t> payload) : payload_(std::move(payload)) {
        const Address address(route.address);
        receiver_ = bound(route, address, SOCK_DGRAM);
        sender_ = connected(route, address, SOCK_DGRAM);
        for (std::size_t i = 0; i < at_once; ++i) {
            sent_[i] = {payload_.data(), payload_.size()};
            received_[i] = {space_[i].data(), space_[i].size()};
            out_[i].msg_hdr.msg_iov = &sent_[i];
            in_[i].msg_hdr.msg_iov = &received_[i];
            out_[i].msg_hdr.msg_iovlen = in_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    std::uint64_t carry(std::uint64_t packets) override {
        std::uint64_t carried = 0;
        for (; carried < packets; carried += at_once) {
            if (sendmmsg(sender_.get(), out_.data(), at_once, 0) != at_once)
                give_up("sendmmsg");
            receive_all();
        }
        return carried;
    }

private:
    void receive_all() {
        for (std::size_t got = 0; got < at_once;) {
            const int count = recvmmsg(receiver_.get(), in_.data(), at_once, 0, nullptr);
            if (count > 0)
                got += static_cast<std::size_t>(count);
            else
                await(receiver_.get(), POLLIN);
        }
    }

    std::vector<std::uint8_t> payload_;
    UniqueFd receiver_{};
    UniqueFd sender_{};
    std::array<std::array<std::uint8_t, 2048>, at_once> space_{};
    std::array<iovec, at_once> sent_{};
    std::array<iovec, at_once> received_{};
    std::array<mmsghdr, at_once> out_{};
    std::array<mmsghdr, at_once> in_{};
};

class TcpLoad : public Load {
public:
    TcpLoad(const Route& route, std::size_t segments) : at_once_(segments * segment_size) {
        const Address address(route.address);
        const auto listener = bound(route, address, SOCK_STREAM);
        if (listen(listener.get(), 1) != 0)
            give_up("listen");
        sender_ = connected(route, address, SOCK_STREAM);
        await(listener.get(), POLLIN);
        receiver_.reset(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        const int on = 1;
        if (!receiver_ || setsockopt(sender_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
            give_up("accept");
    }

    std::uint64_t carry(std::uint64_t packets) override {
        const auto before = segments();
        std::size_t to_send = packets * segment_size;
        std::size_t to_receive = to_send;
        while (to_receive > 0) {
            const auto sent = send_some(to_send);
            const auto got = recv(receiver_.get(), space_.data(), space_.size(), 0);
            to_send -= sent;
            to_receive -= static_cast<std::size_t>(std::max<ssize_t>(got, 0));
            if (sent == 0 && got <= 0)
                await(receiver_.get(), POLLIN);
        }
        return segments() - before;
    }

private:
    /// As much as is received at once, in portions that each are sent at once.
    std::size_t send_some(std::size_t most) {
        std::size_t total = 0;
        for (most = std::min(most, most_at_once); total < most;) {
            const auto size = std::min(most - total, at_once_);
            const auto sent = send(sender_.get(), space_.data(), size, 0);
            if (sent < 0)
                break;
            total += static_cast<std::size_t>(sent);
        }
        return total;
    }
    std::uint32_t segments() const {
        tcp_info info{};
        socklen_t size = sizeof(info);
        if (getsockopt(receiver_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
            give_up("TCP_INFO");
        return info.tcpi_segs_in;
    }

    std::size_t at_once_;
    UniqueFd sender_{};
    UniqueFd receiver_{};
    std::vector<std::uint8_t> space_ = std::vector<std::uint8_t>(most_at_once);
};

} // namespace

std::unique_ptr<Load> udp_load(const Route& route, std::vector<std::uint8_t> payload) {
    return std::make_unique<UdpLoad>(route, std::move(payload));
}
std::unique_ptr<Load> tcp_load(const Route& route, std::size_t segments) {
    return std::make_unique<TcpLoad>(route, segments);
}

} // namespace wgnl::bench
