// SPDX-License-Identifier: LGPL-2.1-or-later
// What the module's bare error numbers mean for a device, and what to do about them.
#include "kernel_errors.hpp"

#include <cerrno>
#include <string>

#include <fmt/format.h>

namespace wgnl {
namespace {

std::string port_in_use(std::optional<std::uint16_t> port) {
    if (!port)
        return "its listen port is in use: choose another";
    return fmt::format("another socket has UDP port {0} (ss -lunp shows whose): choose another "
                       "listen port, or free that one",
                       *port);
}

/// Empty if the number says all there is to say.
std::string meaning(int errnum, std::string_view device, std::optional<std::uint16_t> port) {
    switch (errnum) {
    case EACCES: // of the socket: what is missing for the device itself is EPERM
        return port_is_privileged(port);
    case EPERM:
        return "CAP_NET_ADMIN in this network namespace is needed: run as root";
    case ENODEV:
        return fmt::format("there is no {} in this network namespace (ip link shows what there is)",
                           device);
    case EOPNOTSUPP:
        return fmt::format("the link {} is not a WireGuard device", device);
    case EADDRINUSE:
        return port_in_use(port);
    case ENONET:
        return fmt::format("the network namespace in which {} was created is gone, and its sockets "
                           "with it: delete the device and create it again",
                           device);
    case ENOMEM:
        return "the machine has no memory left for this, or the device has its 1,048,576 peers, "
               "which is the most that a device can have";
    case EINVAL:
        return "the kernel refuses a value of this change; what comes before it may be applied";
    case EBADR:
        return "the request must name one device: this is a mistake in the library, please report "
               "it";
    case EPFNOSUPPORT:
        return "the kernel speaks another version of the WireGuard protocol";
    case EPROTONOSUPPORT:
        return "the kernel has no WireGuard: load its module (modprobe wireguard), or use "
               "wireguard-go";
    case EAFNOSUPPORT:
        return "IPv6 is switched off on this machine";
    case EMSGSIZE:
    case ENOBUFS:
        return "the message is too large for the socket: choose smaller batch limits";
    default:
        return {};
    }
}

} // namespace

std::string port_is_privileged(std::optional<std::uint16_t> port) {
    return fmt::format(
        "{} is not everybody's to listen on: below 1024 (sysctl "
        "net.ipv4.ip_unprivileged_port_start) that takes CAP_NET_BIND_SERVICE, which "
        "wgnld.service and root have, and SELinux may forbid it to a service; give "
        "it what it lacks, or choose a port from 1024 on",
        port ? fmt::format("UDP port {}", *port) : "its listen port");
}

Error explained(const Error& error, std::string_view device, std::optional<std::uint16_t> port) {
    const std::string words = meaning(error.errnum(), device, port);
    const bool ours = error.code() == Errc::interrupted || error.code() == Errc::unsupported;
    if (words.empty() || ours)
        return error;
    const Errc code = error.errnum() == EPROTONOSUPPORT ? Errc::unsupported : error.code();
    return {code, error.operation(), fmt::format("{}: {}", error.detail(), words), error.errnum()};
}

} // namespace wgnl
