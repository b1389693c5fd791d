// SPDX-License-Identifier: LGPL-2.1-or-later
// Links: the network interfaces that devices are, made, deleted, renamed, moved, brought up.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <wgnl/device.hpp>
#include <wgnl/error.hpp>
#include <wgnl/network_namespace.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// What a Client is made of: the library's own.
struct [[gnu::visibility("hidden")]] ClientParts;

/// How a device comes into being.
struct CreateOptions {
    Backend backend{Backend::kernel};
    /// Where the encrypted packets are sent and received: the device's birthplace. Absent: in the
    /// client's own namespace. If given, the device is in the client's namespace and its sockets
    /// are in this one, for good. To set the listen port or the mark later, the caller needs
    /// CAP_NET_ADMIN there too. When that namespace ends, so does the tunnel.
    std::optional<Namespace> sockets{};
};

/// The face of a Client for devices as links. A view: copied as a pointer is, good for as long as
/// its client lives, wherever that is moved to meanwhile.
class Links {
public:
    /// All WireGuard devices of the client's network namespace, sorted by name.
    Result<std::vector<Link>> list();
    Result<Link> get(std::string_view name); ///< not_found if there is none or it is no WireGuard

    /// Creates a device (kernel, or with `userspace` by starting wireguard-go); fails with
    /// system/EEXIST if a link of that name exists.
    Result<void> create(std::string_view name, Backend backend = Backend::kernel);
    Result<void> create(std::string_view name, const CreateOptions& options);
    /// Empties the device of its peers first: the kernel needs 17 s to delete one with 1,000 peers.
    Result<void> remove(std::string_view name);
    /// Gives the device another name; peers and sessions stay. system/EEXIST if that is taken,
    /// `unsupported` for a device that is up before Linux 6.2, and for a userspace one, whose
    /// socket would keep the old name.
    Result<void> rename(std::string_view name, std::string_view new_name);
    /// Moves the device to another network namespace; its sockets stay where they are. It keeps key
    /// and peers, loses addresses and routes, and is down then. system/EEXIST if the name is taken.
    Result<void> move(std::string_view name, const Namespace& to);
    /// Brings the link up or down. What is so already is no error.
    Result<void> set_up(std::string_view name, bool up);
    Result<void> set_mtu(std::string_view name, std::uint32_t mtu); ///< bytes, 68 to 65535

    /// For Client and the library's tests: nothing of it is exported.
    [[gnu::visibility("hidden")]] explicit Links(ClientParts& parts) noexcept : parts_(&parts) {}

private:
    ClientParts* parts_;
};

} // namespace wgnl
