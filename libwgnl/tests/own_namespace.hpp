// SPDX-License-Identifier: LGPL-2.1-or-later
// A network namespace of the test's own, with tun devices in it.
#pragma once

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <wgnl/network_namespace.hpp>

#include "base/fd.hpp"

namespace wgnl::tests {

/// Moves the calling thread into a network namespace and a mount namespace of its own, with a sysfs
/// that shows them, and an empty /run. Empty if that worked, else the reason to skip; done once for
/// the whole program.
inline const std::string& enter_own_namespace() {
    static const std::string reason = [] {
        const auto failed = [](const char* what) {
            return std::string(what) + ": " + std::strerror(errno) + " (run as root)";
        };
        if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
            return failed("unshare");
        if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0 ||
            mount("none", "/sys", "sysfs", 0, nullptr) < 0 ||
            mount("none", "/run", "tmpfs", 0, nullptr) < 0)
            return failed("mount");
        return std::string();
    }();
    return reason;
}

/// Another network namespace than the test's own, made by a thread that ended. As root.
inline Namespace make_namespace() {
    std::optional<Namespace> made;
    std::thread([&] {
        if (unshare(CLONE_NEWNET) == 0)
            made = Namespace::current().value();
    }).join();
    return made.value();
}

/// Why this machine makes no tun devices for this user; empty if it does.
inline std::string tun_refused() {
    if (access("/dev/net/tun", R_OK | W_OK) == 0)
        return {};
    return std::string("/dev/net/tun cannot be opened: ") + std::strerror(errno);
}

/// A tun device that lives as long as this.
class TunDevice {
public:
    explicit TunDevice(const std::string& name) : fd_(open("/dev/net/tun", O_RDWR | O_CLOEXEC)) {
        ifreq request{};
        request.ifr_flags = IFF_TUN | IFF_NO_PI;
        std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
        if (fd_ && ioctl(fd_.get(), TUNSETIFF, &request) < 0)
            fd_.reset();
    }
    bool exists() const { return static_cast<bool>(fd_); }
    void remove() { fd_.reset(); }

private:
    UniqueFd fd_;
};

} // namespace wgnl::tests
