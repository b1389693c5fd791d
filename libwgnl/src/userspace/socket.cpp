// SPDX-License-Identifier: LGPL-2.1-or-later
// UserspaceSocket: a Unix stream that never waits without end.
#include "socket.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "values/wiping.hpp"

namespace wgnl {
namespace {

constexpr std::size_t buffer_size = 32 * 1024;

Result<sockaddr_un> address_of(std::string_view directory, std::string_view name,
                               std::string_view operation) {
    const std::string path = fmt::format("{}/{}.sock", directory, name);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path))
        return fail(Errc::invalid_argument, std::string(operation),
                    fmt::format("{} is too long for the path of a socket", path));
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

Error refused(int errnum, const sockaddr_un& address, std::string_view operation) {
    const std::string_view path = address.sun_path;
    std::string text(operation);
    switch (errnum) {
    case ENOENT:
        return {Errc::not_found, std::move(text), fmt::format("there is no socket {}", path),
                errnum};
    case ECONNREFUSED:
        return {Errc::not_found, std::move(text),
                fmt::format("nobody listens on {}: its program has ended", path), errnum};
    case EACCES:
    case EPERM:
        return {Errc::permission_denied, std::move(text),
                fmt::format("{} belongs to another user: run as that user or as root", path),
                errnum};
    case EAGAIN: // the queue of connections is full
        return {Errc::system, std::move(text),
                fmt::format("the program behind {} takes no connections: is it stopped?", path),
                errnum};
    default:
        return Error::from_errno(errnum, std::move(text));
    }
}

} // namespace

Result<UserspaceSocket> UserspaceSocket::connect(std::string_view directory, std::string_view name,
                                                 std::string_view operation,
                                                 const UserspacePatience& patience) {
    const auto address = address_of(directory, name, operation);
    if (!address)
        return std::unexpected(address.error());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd)
        return std::unexpected(Error::from_errno(errno, std::string(operation)));
    const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
    if (::connect(fd.get(), generic, sizeof(*address)) < 0)
        return std::unexpected(refused(errno, *address, operation));
    return UserspaceSocket(std::move(fd), operation, patience);
}

Result<Device> UserspaceSocket::exchange(std::string_view request, std::string_view name) {
    const auto now = std::chrono::steady_clock::now();
    end_ = now + patience_.whole;
    idle_ = now + patience_.idle;
    if (auto sent = send(request); !sent)
        return std::unexpected(std::move(sent).error());
    UserspaceReply reply{std::string(name), operation_};
    if (auto received = receive(reply); !received)
        return std::unexpected(std::move(received).error());
    return std::move(reply).take();
}

Result<void> UserspaceSocket::wait(short events) {
    pollfd entry{fd_.get(), events, 0};
    int ready = 0;
    do
        ready = ::poll(&entry, 1, static_cast<int>(patience_.standstill.count()));
    while (ready < 0 && errno == EINTR);
    if (ready > 0)
        return {};
    if (ready < 0)
        return failed(errno);
    return fail(Errc::system, operation_,
                fmt::format("the WireGuard program did not answer for {} s: is it stopped?",
                            std::chrono::duration<double>(patience_.standstill).count()),
                ETIMEDOUT);
}

void UserspaceSocket::moved(std::size_t bytes) {
    constexpr std::size_t in_a_second = 64 * 1024;
    idle_ += std::chrono::microseconds(bytes * std::micro::den / in_a_second);
}

Result<void> UserspaceSocket::check_time() const {
    const auto now = std::chrono::steady_clock::now();
    if (now > idle_)
        return fail(Errc::system, operation_,
                    "the WireGuard program answers in crumbs: is it stopped again and again?",
                    ETIMEDOUT);
    if (now <= end_)
        return {};
    return fail(Errc::system, operation_, "the WireGuard program answers without an end",
                ETIMEDOUT);
}

Result<void> UserspaceSocket::send(std::string_view request) {
    while (!request.empty()) {
        if (auto in_time = check_time(); !in_time)
            return in_time;
        const ssize_t sent = ::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            request.remove_prefix(static_cast<std::size_t>(sent));
            moved(static_cast<std::size_t>(sent));
            continue;
        }
        if (sent < 0 && errno == EPIPE)
            return {}; // it refused the request early: its reply says why
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return failed(errno);
        if (auto writable = wait(POLLOUT); !writable)
            return writable;
    }
    return {};
}

Result<void> UserspaceSocket::receive(UserspaceReply& reply) {
    std::vector<std::uint8_t> buffer(buffer_size);
    while (!reply.complete()) {
        if (auto in_time = check_time(); !in_time)
            return in_time;
        const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (size == 0)
            return {};
        if (size > 0) {
            moved(static_cast<std::size_t>(size));
            const auto received = std::span(buffer).first(static_cast<std::size_t>(size));
            const WipedOnExit wiped(received);
            const std::string_view text(reinterpret_cast<const char*>(received.data()),
                                        received.size());
            if (auto fed = reply.feed(text); !fed)
                return fed;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return failed(errno);
        if (auto readable = wait(POLLIN); !readable)
            return readable;
    }
    return {};
}

std::unexpected<Error> UserspaceSocket::failed(int errnum) const {
    return std::unexpected(Error::from_errno(errnum, operation_));
}

} // namespace wgnl
