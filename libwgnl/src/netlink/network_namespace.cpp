// SPDX-License-Identifier: LGPL-2.1-or-later
// Network namespaces: found, told apart, and entered by a thread of their own.
#include <wgnl/network_namespace.hpp>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.hpp"
#include "inside.hpp"

namespace wgnl {

struct Namespace::State {
    UniqueFd fd;
    std::string name;
    dev_t device{};
    ino_t inode{};

    static Result<Namespace> adopt(UniqueFd fd, std::string name);
};

namespace {

#ifndef SO_NETNS_COOKIE
constexpr int SO_NETNS_COOKIE = 71;
#endif

std::string opening(std::string_view name) {
    return fmt::format("open network namespace {}", name);
}

Result<std::string> path_of(std::string_view name) {
    if (name.find('/') != name.npos)
        return std::string(name);
    if (name.empty() || name == "." || name == "..")
        return fail(Errc::invalid_argument, opening(name),
                    "it is neither a name that \"ip netns\" knows nor a path");
    return fmt::format("/run/netns/{}", name);
}

Error cannot_open(std::string_view name, int errnum) {
    if (errnum == ENOENT && name.find('/') == name.npos)
        return {Errc::not_found, opening(name),
                "there is none of that name; \"ip netns list\" shows those that there are", errnum};
    if (errnum == ENOENT || errnum == ENOTDIR || errnum == ESRCH)
        return {Errc::not_found, opening(name), "there is no such file", errnum};
    return Error::from_errno(errnum, opening(name));
}

Error cannot_enter(const Namespace& where, int errnum) {
    const auto operation = fmt::format("enter network namespace {}", where.name());
    if (errnum == EPERM)
        return {Errc::permission_denied, operation, "that needs CAP_SYS_ADMIN: run this as root",
                errnum};
    return Error::from_errno(errnum, operation);
}

/// A thread inherits the mask: none of the program's signal handlers shall run in ours.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

/// 0 where the kernel has no cookies.
Result<std::uint64_t> cookie_here() {
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return std::unexpected(Error::from_errno(errno, "open a socket"));
    std::uint64_t cookie = 0;
    socklen_t size = sizeof(cookie);
    const int got = getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size);
    return got == 0 ? cookie : 0;
}

} // namespace

Namespace::Namespace(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

/// The type is asked for first: the file may be anything.
Result<Namespace> Namespace::State::adopt(UniqueFd fd, std::string name) {
    struct stat status{};
    if (ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET)
        return fail(Errc::invalid_argument, opening(name), "it is no network namespace");
    if (fstat(fd.get(), &status) != 0)
        return std::unexpected(Error::from_errno(errno, opening(name)));
    return Namespace(std::make_shared<const State>(
        State{std::move(fd), std::move(name), status.st_dev, status.st_ino}));
}

Result<Namespace> Namespace::current() {
    UniqueFd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!fd)
        return std::unexpected(cannot_open("/proc/thread-self/ns/net", errno));
    return State::adopt(std::move(fd), "current");
}

Result<Namespace> Namespace::open(std::string_view name_or_path) {
    const auto path = path_of(name_or_path);
    if (!path)
        return std::unexpected(path.error());
    UniqueFd fd(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return std::unexpected(cannot_open(name_or_path, errno));
    return State::adopt(std::move(fd), std::string(name_or_path));
}

Result<Namespace> Namespace::from_fd(int fd) {
    const auto name = fmt::format("fd {}", fd);
    UniqueFd own(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!own)
        return std::unexpected(Error::from_errno(errno, opening(name)));
    return State::adopt(std::move(own), name);
}

int Namespace::fd() const noexcept { return state_->fd.get(); }
const std::string& Namespace::name() const noexcept { return state_->name; }

bool Namespace::operator==(const Namespace& other) const noexcept {
    return state_->device == other.state_->device && state_->inode == other.state_->inode;
}

Result<std::uint64_t> Namespace::id() const {
    const auto here = current();
    const bool is_here = here && *here == *this;
    const auto cookie = is_here ? cookie_here() : inside(*this, cookie_here);
    if (!cookie)
        return cookie;
    return *cookie != 0 ? *cookie : std::uint64_t{state_->inode};
}

Result<void> run_inside(const Namespace& where, const std::function<void()>& work) {
    int errnum = 0;
    const auto enter_and_work = [&] {
        if (setns(where.fd(), CLONE_NEWNET) != 0)
            errnum = errno;
        else
            work();
    };
    try {
        const SignalsBlocked blocked;
        std::thread(enter_and_work).join();
    } catch (const std::system_error& error) {
        errnum = error.code().value();
    }
    if (errnum != 0)
        return std::unexpected(cannot_enter(where, errnum));
    return {};
}

} // namespace wgnl
