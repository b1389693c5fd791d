// SPDX-License-Identifier: LGPL-2.1-or-later
// What Client is made of: one back end per implementation of WireGuard, and the link layer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include <wgnl/client.hpp>
#include <wgnl/route.hpp>

#include "address_changes.hpp"
#include "transport.hpp"
#include "userspace_manners.hpp"

namespace wgnl {

/// Reads and changes WireGuard devices that exist.
class DeviceBackend {
public:
    virtual ~DeviceBackend() = default;
    /// See Client::get and Client::set.
    virtual Result<Device> get(std::string_view name) = 0;
    virtual Result<void> set(std::string_view name, const DeviceChange& change,
                             const BatchLimits& limits) = 0;
    /// Messages (kernel) or set requests (userspace) sent so far.
    virtual std::uint64_t set_messages() const noexcept = 0;
};

/// Generic netlink family "wireguard". `unsupported` if the kernel has none (asking loads the
/// module).
Result<std::unique_ptr<DeviceBackend>> open_kernel_backend(std::unique_ptr<Transport> genetlink);

/// The cross-platform text protocol over <directory>/<name>.sock. A program that is silent, or slow
/// beyond reason, is asked at intervals (UserspaceManners); in between every request fails at once,
/// so that nobody who has other devices to serve waits for it.
std::unique_ptr<DeviceBackend> make_userspace_backend(std::string_view directory,
                                                      const UserspaceManners& manners = {});
/// Names of the sockets in `directory` that answer, sorted; stale ones are passed over. No such
/// directory: none. One that could not be looked at, as a whole or in part, is an error: to take it
/// for empty would be to take its devices for gone.
Result<std::vector<std::string>> userspace_devices(std::string_view directory);
/// Starts wireguard-go for `name` in the foreground of nobody: it outlives the caller. Returns when
/// its socket answers. `unsupported` if it is not installed.
Result<void> start_userspace(std::string_view directory, std::string_view name);
inline constexpr std::string_view userspace_directory = "/run/wireguard";
/// Where the sockets are on the system at `root` ("": this one): the programs write to /var/run,
/// which is /run almost everywhere.
std::string userspace_directory_below(std::string_view root);

/// rtnetlink: all links of the namespace, of any kind.
class LinkLayer {
public:
    struct AnyLink {
        Link link{};           ///< backend is meaningful only if wireguard or tun
        bool wireguard{false}; ///< IFLA_INFO_KIND is "wireguard"
        bool tun{false};       ///< IFLA_INFO_KIND is "tun"
    };
    /// Where Link::creation comes from; a fake of the kernel has its own.
    using CreationOf = std::function<std::uint64_t(std::string_view name, std::uint32_t ifindex)>;
    explicit LinkLayer(std::unique_ptr<Transport> route, CreationOf creation_of = sysfs_creation);

    Result<std::vector<AnyLink>> list(); ///< with addresses
    Result<AnyLink> find(std::string_view name);
    Result<bool> exists(std::uint32_t ifindex);
    /// In the namespace `where`, if given, with its sockets in that of the transport.
    Result<void> create_wireguard(std::string_view name, const Namespace* where = nullptr);
    Result<void> remove(std::uint32_t ifindex);
    Result<void> rename(std::uint32_t ifindex, std::string_view name);
    Result<void> move(std::uint32_t ifindex, const Namespace& where);
    Result<void> set_up(std::uint32_t ifindex, bool up);
    Result<void> set_mtu(std::uint32_t ifindex, std::uint32_t mtu);
    Result<std::vector<LinkAddress>> addresses(std::uint32_t ifindex);
    Result<void> add_address(std::uint32_t ifindex,
                             const InterfaceAddress& address); ///< EEXIST is fine
    Result<void> remove_address(std::uint32_t ifindex,
                                const InterfaceAddress& address); ///< absent is fine
    /// Unicast routes without gateway through the link; of that protocol, or with 0 of all.
    Result<std::vector<Route>> routes(std::uint32_t ifindex, std::uint8_t protocol = 0);
    /// An equal one that somebody else made, or one through another link, is system/EEXIST.
    Result<void> add_route(std::uint32_t ifindex, const Route& wanted);
    Result<void> remove_route(std::uint32_t ifindex, const Route& unwanted); ///< absent is fine

    /// The number of the link's folder in sysfs, which the kernel never gives out twice; 0 if sysfs
    /// is not there or shows another network namespace.
    static std::uint64_t sysfs_creation(std::string_view name, std::uint32_t ifindex);

private:
    Result<std::vector<AnyLink>> read(std::string_view name, std::string_view operation);

    std::unique_ptr<Transport> transport_;
    CreationOf creation_of_;
};

/// What a LinkLayer says where IPv6 gives EACCES.
inline constexpr std::string_view ipv6_is_off =
    "IPv6 is switched off on this link (sysctl net.ipv6.conf.*.disable_ipv6)";

/// Opens a libmnl socket of `protocol` (NETLINK_GENERIC, NETLINK_ROUTE) in this thread's namespace.
Result<std::unique_ptr<Transport>> open_netlink(int protocol);

struct Client::Parts {
    std::unique_ptr<DeviceBackend> kernel{}; ///< `unsupported` without the module
    std::unique_ptr<DeviceBackend> userspace{};
    std::unique_ptr<LinkLayer> links{};
    std::string userspace_directory{userspace_directory_below("")};
    BatchLimits limits{};
    std::optional<Namespace> home{}; ///< where everything above is, if it is not here
};

} // namespace wgnl
