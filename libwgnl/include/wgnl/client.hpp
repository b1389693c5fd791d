// SPDX-License-Identifier: LGPL-2.1-or-later
// Client: WireGuard devices of the kernel and of userspace implementations, and their links.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/device.hpp>
#include <wgnl/error.hpp>
#include <wgnl/link.hpp>
#include <wgnl/network_namespace.hpp>
#include <wgnl/route.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// How a device comes into being.
struct CreateOptions {
    Backend backend{Backend::kernel};
    /// Where the encrypted packets are sent and received: the device's birthplace. Absent: in the
    /// client's own namespace. If given, the device is in the client's namespace and its sockets
    /// are in this one, for good. To set the listen port or the mark later, the caller needs
    /// CAP_NET_ADMIN there too. When that namespace ends, so does the tunnel.
    std::optional<Namespace> sockets{};
};

/// One per thread; movable, not copyable. Blocking: the kernel answers at once.
///
/// A client works in one network namespace, where it was opened. Names are looked up by every call
/// anew: a device that was deleted, renamed, or moved to another namespace is not_found. Sockets of
/// userspace implementations are files, which all namespaces share: only one of them can have a
/// device of a name, and links() of another that has a tun device of that name shows it too.
class Client {
public:
    /// Opens the kernel's netlink families. Succeeds without the wireguard module: only userspace
    /// devices are seen then.
    static Result<Client> open(const OpenOptions& options = {});

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// All WireGuard devices of this network namespace, sorted by name.
    Result<std::vector<Link>> links();
    Result<Link> link(std::string_view name); ///< not_found if there is none or it is no WireGuard

    /// A complete, consistent reading; an interrupted dump is repeated up to 8 times, then
    /// `interrupted`; never partial data: a device that goes meanwhile is not_found.
    Result<Device> get(std::string_view name);
    /// Carries out a change in order, each message acknowledged before the next. On an error what
    /// came before stays applied; the error carries the kernel's own words. Each message names the
    /// device: one that is deleted, renamed or moved in between is not_found.
    Result<void> set(std::string_view name, const DeviceChange& change);

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
    Result<void> move(std::string_view name, const Namespace& where);
    /// Brings the link up or down. What is so already is no error.
    Result<void> set_up(std::string_view name, bool up);
    Result<void> set_mtu(std::string_view name, std::uint32_t mtu); ///< bytes, 68 to 65535
    /// One that is there already is fine; for IPv6 only with the same prefix length, else
    /// system/EEXIST.
    Result<void> add_address(std::string_view name, const InterfaceAddress& address);
    /// One that is gone already is no error.
    Result<void> remove_address(std::string_view name, const InterfaceAddress& address);
    /// Makes these the device's addresses by adding what is missing and removing the rest; nothing
    /// is sent if they are. Addresses that the kernel made by itself stay, and so do link-local
    /// IPv6 ones that this library did not make. On an error what came before stays done.
    Result<void> set_addresses(std::string_view name, const std::vector<InterfaceAddress>& wanted);

    /// The routes through the device that this library made (route_protocol); each as
    /// Route::normalised().
    Result<std::vector<Route>> routes(std::string_view name);
    /// Makes these the device's routes, as route_changes() has it; nothing is sent if they are.
    /// The device must be up; when it goes down the kernel drops them. Any prefix is taken, also
    /// /0: whether that is wise is the caller's matter. A destination and metric that another link
    /// or program has in that table is system/EEXIST. On an error what came before stays done.
    Result<void> set_routes(std::string_view name, const std::vector<Route>& wanted);
    /// Every unicast route through the device without gateway, whoever made it; each as
    /// Route::normalised().
    Result<std::vector<Route>> all_routes(std::string_view name);
    /// Carries out what it can: adds routes of ours, then removes routes, each of the protocol that
    /// it says; one that is gone already is no error. Returns what could not be done, and why.
    Result<std::vector<RouteFailure>> change_routes(std::string_view name,
                                                    const RouteChanges& changes);

    /// For the changes that follow; what exceeds a message by itself is split inside a peer.
    void set_limits(const BatchLimits& limits);
    /// SET messages sent so far by this client: what "nothing to do" and "one small message" mean.
    std::uint64_t set_messages() const noexcept;

    /// The library's own seam, for its tests and for itself: nothing of it is exported.
    struct [[gnu::visibility("hidden")]] Parts;
    [[gnu::visibility("hidden")]] explicit Client(std::unique_ptr<Parts> parts) noexcept;
    /// The namespace that it was opened for; absent: the opener's.
    [[gnu::visibility("hidden")]] const std::optional<Namespace>& home() const noexcept;

private:
    [[gnu::visibility("hidden")]] Result<Device> with_index(Result<Device> device);
    [[gnu::visibility("hidden")]] Result<Device> still_there(Device device);
    [[gnu::visibility("hidden")]] Result<void> create_apart(std::string_view name,
                                                            const Namespace& sockets);
    [[gnu::visibility("hidden")]] Result<void> create_userspace(std::string_view name,
                                                                const CreateOptions& options);

    std::unique_ptr<Parts> parts_;
};

} // namespace wgnl
