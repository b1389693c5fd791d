// SPDX-License-Identifier: LGPL-2.1-or-later
// Links, their addresses and their routes over rtnetlink.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include <wgnl/device.hpp>
#include <wgnl/network_namespace.hpp>
#include <wgnl/route.hpp>

#include "base/fd.hpp"
#include "values/transport.hpp"

namespace wgnl {

/// An address of a link.
struct LinkAddress {
    std::uint32_t ifindex{};
    InterfaceAddress value{};
    std::uint8_t protocol{}; ///< who made it: 1 to 3 the kernel, 0 not said (before Linux 5.18)
};

/// rtnetlink: all links of the namespace, of any kind.
class LinkLayer {
public:
    struct AnyLink {
        Link link{};           ///< backend is meaningful only if wireguard or tun
        bool wireguard{false}; ///< IFLA_INFO_KIND is "wireguard"
        bool tun{false};       ///< IFLA_INFO_KIND is "tun"
    };
    /// Where Link::link_generation comes from; a fake of the kernel has its own.
    using GenerationOf = std::function<std::uint64_t(std::string_view name, std::uint32_t ifindex)>;
    explicit LinkLayer(std::unique_ptr<Transport> route,
                       GenerationOf generation_of = sysfs_generation);

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
    static std::uint64_t sysfs_generation(std::string_view name, std::uint32_t ifindex);

private:
    Result<std::vector<AnyLink>> read(std::string_view name, std::string_view operation);

    std::unique_ptr<Transport> transport_;
    GenerationOf generation_of_;
};

/// What a LinkLayer says where IPv6 gives EACCES.
inline constexpr std::string_view ipv6_is_off =
    "IPv6 is switched off on this link (sysctl net.ipv6.conf.*.disable_ipv6)";

/// What is to be done, in this order.
struct AddressChanges {
    /// IPv6 has an address once only, whatever its prefix length: the old one has to go first.
    std::vector<InterfaceAddress> replace{};
    std::vector<InterfaceAddress> add{};
    std::vector<InterfaceAddress> remove{};

    bool empty() const noexcept { return replace.empty() && add.empty() && remove.empty(); }
    bool operator==(const AddressChanges&) const = default;
};

/// Addresses that the kernel made by itself stay, and so do link-local IPv6 addresses that this
/// library did not make: an older kernel does not say whether it did.
AddressChanges address_changes(const std::vector<InterfaceAddress>& wanted,
                               const std::vector<LinkAddress>& live);

/// Whether adding `address` is refused as long as `other` is there.
bool stands_in_the_way(const InterfaceAddress& other, const InterfaceAddress& address) noexcept;

/// The inode number of the device's folder in sysfs, which the kernel counts up with every one that
/// it makes and never uses again before the next boot; a device keeps it under another name and in
/// another network namespace. 0 where sysfs does not show this device: it is not mounted, or is
/// that of another network namespace. `folder` is open on class/net.
std::uint64_t link_generation_of(std::string_view name, std::uint32_t ifindex, int folder);

/// class/net of the sysfs that is mounted on `root`.
UniqueFd open_sysfs(std::string_view root = "/sys");

/// class/net of a sysfs of the calling thread's network namespace, mounted nowhere, for as long as
/// it is open. Needs CAP_SYS_ADMIN; none without it.
UniqueFd mount_sysfs();

} // namespace wgnl
