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
#include <wgnl/network_namespace.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/route.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// A WireGuard link as rtnetlink (or, for userspace, the socket directory) shows it.
struct Link {
    std::string name{};      ///< 1 to 15 bytes
    std::uint32_t ifindex{}; ///< above 0
    Backend backend{Backend::kernel};
    bool up{false};      ///< as an administrator set it; WireGuard has no carrier
    std::uint32_t mtu{}; ///< bytes
    std::vector<InterfaceAddress> addresses{};
    /// Differs for every device ever created, also under the same name and index, and stays with a
    /// device that is renamed or moved; 0 if unknown. It comes from sysfs: for a namespace that was
    /// given to Client::open(), CAP_SYS_ADMIN is needed; for the caller's own, its sysfs on /sys.
    std::uint64_t creation{};

    bool operator==(const Link&) const = default;
};

/// How a change is cut into messages.
struct BatchLimits {
    /// A SET holds the kernel's network lock while it works, and a peer costs about 0.3 ms to add
    /// or remove under emulation, so few of them go into one message.
    std::size_t new_or_removed_peers{32};
    std::size_t bytes{32 * 1024}; ///< of one message
};

/// Where a Client or a LinkMonitor works.
struct OpenOptions {
    /// Absent: in the calling thread's own network namespace. One that is given is entered once, by
    /// a short-lived thread that opens the sockets (permission_denied without CAP_SYS_ADMIN); no
    /// later call needs that, and the calling thread never moves.
    std::optional<Namespace> network_namespace{};
};

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

/// Notices links that come, go, are renamed or moved, go up or down, addresses and default routes
/// that change, routes of this library that go and static ones that come, without polling.
class LinkMonitor {
public:
    /// Listens from now on.
    static Result<LinkMonitor> open(const OpenOptions& options = {});
    LinkMonitor(LinkMonitor&&) noexcept;
    LinkMonitor& operator=(LinkMonitor&&) noexcept;
    ~LinkMonitor();

    int fd() const noexcept; ///< readable when there is something to drain
    /// One thing that happened to a link, or to the network as a whole.
    struct Event {
        std::string name{};      ///< empty for an address or a default route
        std::uint32_t ifindex{}; ///< 0 for a default route through no link or several
        bool removed{false};     ///< deleted, or `moved`
        bool moved{false};       ///< it lives on in another network namespace
        /// The name that this link had when it was last told of, or when the monitor was opened;
        /// empty if it is still the same, or the link is new.
        std::string renamed_from{};
        bool up{false};        ///< as it is from this event on
        bool wireguard{false}; ///< kind "wireguard", or a tun device
        bool network{false};   ///< not the link itself: an address or a default route changed
        /// A route that this library made through this link was removed, by whomever, or one of
        /// protocol static (networkd's, NetworkManager's) was added, maybe beside ours. (The kernel
        /// does not tell of those that it drops when a link goes down.)
        bool route{false};
    };
    /// What drain() found.
    struct Drained {
        std::vector<Event> events{};
        bool overrun{false}; ///< the kernel dropped messages: read everything again
    };
    /// What happened since the last call, in its order; at most 1,024 events, then fd() stays
    /// readable. Never blocks.
    Result<Drained> drain();

private:
    struct [[gnu::visibility("hidden")]] State;
    [[gnu::visibility("hidden")]] explicit LinkMonitor(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

} // namespace wgnl
