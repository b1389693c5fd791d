// SPDX-License-Identifier: LGPL-2.1-or-later
// Client: the link of a device: made, deleted, renamed, moved; its addresses and routes.
#include <cerrno>
#include <random>
#include <string>

#include <linux/netlink.h>

#include <fmt/format.h>

#include <wgnl/declaration.hpp>

#include "links/layer.hpp"
#include "links/request.hpp"
#include "netlink/inside.hpp"
#include "parts.hpp"

namespace wgnl {
namespace {

/// The kernel may take an address along with another one that goes, so that a second round is
/// needed; a third makes sure.
constexpr int most_rounds = 3;

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

Result<Namespace> home_of(const Client::Parts& parts) {
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

Result<void> carry_out(LinkLayer& links, std::uint32_t ifindex, const AddressChanges& changes) {
    for (const auto& address : changes.replace)
        if (auto done = links.remove_address(ifindex, address); !done)
            return done;
    for (const auto& address : changes.add)
        if (auto done = links.add_address(ifindex, address); !done)
            return done;
    for (const auto& address : changes.remove)
        if (auto done = links.remove_address(ifindex, address); !done)
            return done;
    return {};
}

Result<void> carry_out(LinkLayer& links, std::uint32_t ifindex, const RouteChanges& changes) {
    for (const auto& route : changes.add)
        if (auto done = links.add_route(ifindex, route); !done)
            return done;
    for (const auto& route : changes.remove)
        if (auto done = links.remove_route(ifindex, route); !done)
            return done;
    return {};
}

/// Reads, compares and changes until nothing is left to do.
template <typename Difference> Result<void> settle(LinkLayer& links, std::uint32_t ifindex,
                                                   const std::string& operation,
                                                   Difference difference) {
    for (int round = 0; round < most_rounds; ++round) {
        const auto changes = difference();
        if (!changes)
            return std::unexpected(changes.error());
        if (changes->empty())
            return {};
        if (auto done = carry_out(links, ifindex, *changes); !done)
            return done;
    }
    const auto left = difference();
    if (!left)
        return std::unexpected(left.error());
    if (left->empty())
        return {};
    return fail(Errc::system, operation, "another program, or the kernel, undoes the change");
}

} // namespace

Result<void> Client::create(std::string_view name, Backend backend) {
    return create(name, CreateOptions{.backend = backend});
}

Result<void> Client::create(std::string_view name, const CreateOptions& options) {
    if (auto checked = check_device_name(name); !checked)
        return checked;
    if (options.backend == Backend::userspace)
        return create_userspace(name, options);
    return options.sockets ? create_apart(name, *options.sockets)
                           : parts_->links->create_wireguard(name);
}

/// One request: the kernel takes the namespace of the socket that asks for the birthplace. Before
/// Linux 6.15 it also refuses a name that is only taken there.
Result<void> Client::create_apart(std::string_view name, const Namespace& sockets) {
    const auto home = home_of(*parts_);
    if (!home)
        return std::unexpected(home.error());
    auto birthplace = links_in(sockets);
    if (!birthplace)
        return std::unexpected(std::move(birthplace).error());
    auto created = birthplace->create_wireguard(name, &*home);
    if (!failed_with(created, EEXIST))
        return created;
    if (const auto taken = is_taken(*parts_->links, name); !taken || *taken)
        return taken ? created : std::unexpected(taken.error());
    const auto passing = passing_name();
    created = birthplace->create_wireguard(passing, &*home);
    return created ? rename_in(*parts_->links, passing, name) : created;
}

/// wireguard-go has its sockets where it runs, and keeps its device wherever that is moved to.
Result<void> Client::create_userspace(std::string_view name, const CreateOptions& options) {
    const auto taken = is_taken(*parts_->links, name);
    if (!taken)
        return std::unexpected(taken.error());
    if (*taken)
        return name_is_taken(name);
    const auto& where = options.sockets ? options.sockets : parts_->home;
    auto started =
        inside(where, [&] { return start_userspace(parts_->userspace_directory, name); });
    if (!started || !options.sockets)
        return started;
    const auto home = home_of(*parts_);
    if (!home)
        return std::unexpected(home.error());
    auto birthplace = links_in(*options.sockets);
    return birthplace ? move_between(*birthplace, name, *home)
                      : std::unexpected(std::move(birthplace).error());
}

Result<void> Client::remove(std::string_view name) {
    const auto found = link(name);
    if (!found)
        return std::unexpected(found.error());
    if (found->backend == Backend::kernel) {
        const auto device = get(name);
        if (!device)
            return std::unexpected(device.error());
        if (device->ifindex != found->ifindex)
            return fail(Errc::not_found, fmt::format("delete device {}", name),
                        "it was renamed meanwhile, and another has its name");
        if (auto emptied = set(name, removal_of_peers(*device)); !emptied)
            return emptied;
    }
    return parts_->links->remove(found->ifindex);
}

Result<void> Client::rename(std::string_view name, std::string_view new_name) {
    const auto found = link(name);
    if (!found)
        return std::unexpected(found.error());
    if (found->backend == Backend::userspace)
        return fail(Errc::unsupported, fmt::format("rename device {}", name),
                    "the socket of a userspace device keeps its name: delete the device, and "
                    "create it under the new one");
    return parts_->links->rename(found->ifindex, new_name);
}

Result<void> Client::move(std::string_view name, const Namespace& where) {
    const auto found = link(name);
    return found ? parts_->links->move(found->ifindex, where) : std::unexpected(found.error());
}

Result<void> Client::set_up(std::string_view name, bool up) {
    const auto found = link(name);
    return found ? parts_->links->set_up(found->ifindex, up) : std::unexpected(found.error());
}

Result<void> Client::set_mtu(std::string_view name, std::uint32_t mtu) {
    if (mtu < smallest_mtu || mtu > largest_mtu)
        return fail(Errc::invalid_argument, fmt::format("set the MTU of {}", name),
                    fmt::format("{} is not between {} and {}", mtu, smallest_mtu, largest_mtu));
    const auto found = link(name);
    return found ? parts_->links->set_mtu(found->ifindex, mtu) : std::unexpected(found.error());
}

Result<void> Client::add_address(std::string_view name, const InterfaceAddress& address) {
    const auto found = link(name);
    return found ? parts_->links->add_address(found->ifindex, address)
                 : std::unexpected(found.error());
}

Result<void> Client::remove_address(std::string_view name, const InterfaceAddress& address) {
    const auto found = link(name);
    return found ? parts_->links->remove_address(found->ifindex, address)
                 : std::unexpected(found.error());
}

Result<void> Client::set_addresses(std::string_view name,
                                   const std::vector<InterfaceAddress>& wanted) {
    const auto found = link(name);
    if (!found)
        return std::unexpected(found.error());
    auto& links = *parts_->links;
    return settle(links, found->ifindex, fmt::format("set the addresses of {}", name),
                  [&]() -> Result<AddressChanges> {
                      const auto live = links.addresses(found->ifindex);
                      if (!live)
                          return std::unexpected(live.error());
                      return address_changes(wanted, *live);
                  });
}

Result<std::vector<Route>> Client::routes(std::string_view name) {
    const auto found = link(name);
    return found ? parts_->links->routes(found->ifindex, route_protocol)
                 : std::unexpected(found.error());
}

Result<std::vector<Route>> Client::all_routes(std::string_view name) {
    const auto found = link(name);
    return found ? parts_->links->routes(found->ifindex) : std::unexpected(found.error());
}

Result<std::vector<RouteFailure>> Client::change_routes(std::string_view name,
                                                        const RouteChanges& changes) {
    const auto found = link(name);
    if (!found)
        return std::unexpected(found.error());
    std::vector<RouteFailure> failures;
    const auto note = [&](const Route& route, Result<void> done) {
        if (!done)
            failures.push_back({route, std::move(done).error()});
    };
    for (const auto& route : changes.add)
        note(route, parts_->links->add_route(found->ifindex, route));
    for (const auto& route : changes.remove)
        note(route, parts_->links->remove_route(found->ifindex, route));
    return failures;
}

Result<void> Client::set_routes(std::string_view name, const std::vector<Route>& wanted) {
    const auto found = link(name);
    if (!found)
        return std::unexpected(found.error());
    auto& links = *parts_->links;
    return settle(links, found->ifindex, fmt::format("set the routes of {}", name),
                  [&]() -> Result<RouteChanges> {
                      const auto live = links.routes(found->ifindex);
                      if (!live)
                          return std::unexpected(live.error());
                      return route_changes(wanted, *live);
                  });
}

} // namespace wgnl
