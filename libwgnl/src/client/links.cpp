// SPDX-License-Identifier: LGPL-2.1-or-later
// Links: which links are WireGuard devices; they are made, deleted, renamed and moved.
#include <wgnl/links.hpp>

#include <algorithm>
#include <cerrno>
#include <random>
#include <span>
#include <string>

#include <linux/netlink.h>

#include <fmt/format.h>

#include <wgnl/declaration.hpp>
#include <wgnl/devices.hpp>

#include "links/layer.hpp"
#include "links/request.hpp"
#include "netlink/inside.hpp"
#include "parts.hpp"

namespace wgnl {
namespace {

DeviceChange removal_of_peers(const Device& device) {
    DeviceChange change;
    change.peers.reserve(device.peers.size());
    for (const Peer& peer : device.peers)
        change.peers.push_back(
            {.public_key = peer.public_key, .action = PeerChange::Action::remove});
    return change;
}

/// A link layer for a few requests in another namespace.
Result<LinkLayer> links_in(const Namespace& where) {
    auto transport = inside(where, [] { return open_netlink(NETLINK_ROUTE); });
    if (!transport)
        return std::unexpected(std::move(transport).error());
    return LinkLayer(*std::move(transport));
}

Result<Namespace> home_of(const ClientParts& parts) {
    return parts.home ? Result<Namespace>(*parts.home) : Namespace::current();
}

/// Only not_found tells that there is none.
Result<bool> is_taken(LinkLayer& links, std::string_view name) {
    const auto found = links.find(name);
    if (!found && found.error().code() != Errc::not_found)
        return std::unexpected(found.error());
    return found.has_value();
}

std::unexpected<Error> name_is_taken(std::string_view name) {
    return std::unexpected(Error::from_errno(EEXIST, fmt::format("create device {}", name)));
}

/// One that nobody uses.
std::string passing_name() { return fmt::format("wgnl{:08x}", std::random_device{}()); }

Result<void> rename_in(LinkLayer& links, std::string_view from, std::string_view to) {
    const auto found = links.find(from);
    if (!found)
        return std::unexpected(found.error());
    auto renamed = links.rename(found->link.ifindex, to);
    if (!renamed)
        (void)links.remove(found->link.ifindex);
    return renamed;
}

Result<void> move_between(LinkLayer& from, std::string_view name, const Namespace& to) {
    const auto found = from.find(name);
    if (!found)
        return std::unexpected(found.error());
    return from.move(found->link.ifindex, to);
}

bool is_wireguard(const LinkLayer::AnyLink& any, const std::vector<std::string>& sockets) {
    return any.wireguard || (any.tun && std::ranges::binary_search(sockets, any.link.name));
}

Link finished(LinkLayer::AnyLink any) {
    any.link.backend = any.wireguard ? Backend::kernel : Backend::userspace;
    return std::move(any.link);
}

/// Only a tun device can be WireGuard's by its socket: without one there is nothing to look for.
Result<std::vector<std::string>> sockets_of(const ClientParts& parts,
                                            std::span<const LinkLayer::AnyLink> links) {
    const bool asked = std::ranges::any_of(links, &LinkLayer::AnyLink::tun);
    return asked ? userspace_devices(parts.userspace_directory)
                 : Result<std::vector<std::string>>{};
}

/// One request: the kernel takes the namespace of the socket that asks for the birthplace. Before
/// Linux 6.15 it also refuses a name that is only taken there.
Result<void> create_apart(ClientParts& parts, std::string_view name, const Namespace& sockets) {
    const auto home = home_of(parts);
    if (!home)
        return std::unexpected(home.error());
    auto birthplace = links_in(sockets);
    if (!birthplace)
        return std::unexpected(std::move(birthplace).error());
    auto created = birthplace->create_wireguard(name, &*home);
    if (!failed_with(created, EEXIST))
        return created;
    if (const auto taken = is_taken(*parts.links, name); !taken || *taken)
        return taken ? created : std::unexpected(taken.error());
    const auto passing = passing_name();
    created = birthplace->create_wireguard(passing, &*home);
    return created ? rename_in(*parts.links, passing, name) : created;
}

/// wireguard-go has its sockets where it runs, and keeps its device wherever that is moved to.
Result<void> create_userspace(ClientParts& parts, std::string_view name,
                              const CreateOptions& options) {
    const auto taken = is_taken(*parts.links, name);
    if (!taken)
        return std::unexpected(taken.error());
    if (*taken)
        return name_is_taken(name);
    const auto& where = options.sockets ? options.sockets : parts.home;
    auto started = inside(where, [&] { return start_userspace(parts.userspace_directory, name); });
    if (!started || !options.sockets)
        return started;
    const auto home = home_of(parts);
    if (!home)
        return std::unexpected(home.error());
    auto birthplace = links_in(*options.sockets);
    return birthplace ? move_between(*birthplace, name, *home)
                      : std::unexpected(std::move(birthplace).error());
}

} // namespace

Result<Link> wireguard_link(ClientParts& parts, std::string_view name) {
    auto any = parts.links->find(name);
    if (!any)
        return std::unexpected(std::move(any).error());
    const auto sockets = sockets_of(parts, {&*any, 1});
    if (!sockets)
        return std::unexpected(sockets.error());
    if (!is_wireguard(*any, *sockets))
        return fail(Errc::not_found, fmt::format("find device {}", name),
                    "the link of that name is not a WireGuard device");
    return finished(*std::move(any));
}

Result<std::vector<Link>> Links::list() {
    auto all = parts_->links->list();
    if (!all)
        return std::unexpected(std::move(all).error());
    const auto sockets = sockets_of(*parts_, *all);
    if (!sockets)
        return std::unexpected(sockets.error());
    std::vector<Link> links;
    for (auto& any : *all)
        if (is_wireguard(any, *sockets))
            links.push_back(finished(std::move(any)));
    std::ranges::sort(links, {}, &Link::name);
    return links;
}

Result<Link> Links::get(std::string_view name) { return wireguard_link(*parts_, name); }

Result<void> Links::create(std::string_view name, Backend backend) {
    return create(name, CreateOptions{.backend = backend});
}

Result<void> Links::create(std::string_view name, const CreateOptions& options) {
    if (auto checked = check_device_name(name); !checked)
        return checked;
    if (options.backend == Backend::userspace)
        return create_userspace(*parts_, name, options);
    return options.sockets ? create_apart(*parts_, name, *options.sockets)
                           : parts_->links->create_wireguard(name);
}

Result<void> Links::remove(std::string_view name) {
    const auto found = get(name);
    if (!found)
        return std::unexpected(found.error());
    if (found->backend == Backend::kernel) {
        const auto device = Devices(*parts_).get(name);
        if (!device)
            return std::unexpected(device.error());
        if (device->ifindex != found->ifindex)
            return fail(Errc::not_found, fmt::format("delete device {}", name),
                        "it was renamed meanwhile, and another has its name");
        if (auto emptied = Devices(*parts_).set(name, removal_of_peers(*device)); !emptied)
            return emptied;
    }
    return parts_->links->remove(found->ifindex);
}

Result<void> Links::rename(std::string_view name, std::string_view new_name) {
    const auto found = get(name);
    if (!found)
        return std::unexpected(found.error());
    if (found->backend == Backend::userspace)
        return fail(Errc::unsupported, fmt::format("rename device {}", name),
                    "the socket of a userspace device keeps its name: delete the device, and "
                    "create it under the new one");
    return parts_->links->rename(found->ifindex, new_name);
}

Result<void> Links::move(std::string_view name, const Namespace& to) {
    const auto found = get(name);
    return found ? parts_->links->move(found->ifindex, to) : std::unexpected(found.error());
}

Result<void> Links::set_up(std::string_view name, bool up) {
    const auto found = get(name);
    return found ? parts_->links->set_up(found->ifindex, up) : std::unexpected(found.error());
}

Result<void> Links::set_mtu(std::string_view name, std::uint32_t mtu) {
    if (mtu < smallest_mtu || mtu > largest_mtu)
        return fail(Errc::invalid_argument, fmt::format("set the MTU of {}", name),
                    fmt::format("{} is not between {} and {}", mtu, smallest_mtu, largest_mtu));
    const auto found = get(name);
    return found ? parts_->links->set_mtu(found->ifindex, mtu) : std::unexpected(found.error());
}

} // namespace wgnl
