// SPDX-License-Identifier: LGPL-2.1-or-later
// Addresses and Routes: what is there is brought to what is wanted, by the difference alone.
#include <wgnl/addressing.hpp>

#include <string>
#include <utility>

#include <fmt/format.h>

#include "parts.hpp"

namespace wgnl {
namespace {

/// The kernel may take an address along with another one that goes, so that a second round is
/// needed; a third makes sure.
constexpr int most_rounds = 3;

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

Result<void> Addresses::add(std::string_view device, const InterfaceAddress& address) {
    const auto found = wireguard_link(*parts_, device);
    return found ? parts_->links->add_address(found->ifindex, address)
                 : std::unexpected(found.error());
}

Result<void> Addresses::remove(std::string_view device, const InterfaceAddress& address) {
    const auto found = wireguard_link(*parts_, device);
    return found ? parts_->links->remove_address(found->ifindex, address)
                 : std::unexpected(found.error());
}

Result<void> Addresses::set(std::string_view device, const std::vector<InterfaceAddress>& wanted) {
    const auto found = wireguard_link(*parts_, device);
    if (!found)
        return std::unexpected(found.error());
    auto& links = *parts_->links;
    return settle(links, found->ifindex, fmt::format("set the addresses of {}", device),
                  [&]() -> Result<AddressChanges> {
                      const auto live = links.addresses(found->ifindex);
                      if (!live)
                          return std::unexpected(live.error());
                      return address_changes(wanted, *live);
                  });
}

Result<std::vector<Route>> Routes::list(std::string_view device) {
    const auto found = wireguard_link(*parts_, device);
    return found ? parts_->links->routes(found->ifindex, route_protocol)
                 : std::unexpected(found.error());
}

Result<std::vector<Route>> Routes::list_all(std::string_view device) {
    const auto found = wireguard_link(*parts_, device);
    return found ? parts_->links->routes(found->ifindex) : std::unexpected(found.error());
}

Result<std::vector<RouteFailure>> Routes::change(std::string_view device,
                                                 const RouteChanges& changes) {
    const auto found = wireguard_link(*parts_, device);
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

Result<void> Routes::set(std::string_view device, const std::vector<Route>& wanted) {
    const auto found = wireguard_link(*parts_, device);
    if (!found)
        return std::unexpected(found.error());
    auto& links = *parts_->links;
    return settle(links, found->ifindex, fmt::format("set the routes of {}", device),
                  [&]() -> Result<RouteChanges> {
                      const auto live = links.routes(found->ifindex);
                      if (!live)
                          return std::unexpected(live.error());
                      return route_changes(wanted, *live);
                  });
}

} // namespace wgnl
