// SPDX-License-Identifier: LGPL-2.1-or-later
// Client: sends each call to the back end that has the device, and merges what they show.
#include <algorithm>
#include <cerrno>
#include <string>

#include <linux/netlink.h>

#include <fmt/format.h>

#include "backend.hpp"
#include "kernel_backend.hpp"

namespace wgnl {
namespace {

constexpr int most_repetitions = 8;
constexpr std::uint32_t smallest_mtu = 1280; // IPv6 needs it
constexpr std::uint32_t largest_mtu = 65535;

bool is(const auto& result, Errc code) { return !result && result.error().code() == code; }

/// The kernel knows no such WireGuard device: a userspace one may still have the name.
bool is_absent(const auto& result) {
    return is(result, Errc::not_found) || is(result, Errc::unsupported);
}

/// Asks the kernel first, and userspace if the kernel has no such device. If neither has, the
/// kernel tells more about why.
template <typename Call> auto on_backend(Client::Parts& parts, Call call) {
    auto from_kernel = call(*parts.kernel);
    if (!is_absent(from_kernel))
        return from_kernel;
    auto from_userspace = call(*parts.userspace);
    const bool nowhere = is(from_kernel, Errc::not_found) && is(from_userspace, Errc::not_found);
    return nowhere ? from_kernel : from_userspace;
}

Result<Device> get_complete(DeviceBackend& backend, std::string_view name) {
    auto device = backend.get(name);
    for (int i = 0; i < most_repetitions && is(device, Errc::interrupted); ++i)
        device = backend.get(name);
    return device;
}

DeviceChange removal_of_peers(const Device& device) {
    DeviceChange change;
    change.peers.reserve(device.peers.size());
    for (const Peer& peer : device.peers)
        change.peers.push_back(
            {.public_key = peer.public_key, .action = PeerChange::Action::remove});
    return change;
}

bool is_wireguard(const LinkLayer::AnyLink& any, const std::vector<std::string>& sockets) {
    return any.wireguard || (any.tun && std::ranges::binary_search(sockets, any.link.name));
}

Link finished(LinkLayer::AnyLink any) {
    any.link.backend = any.wireguard ? Backend::kernel : Backend::userspace;
    return std::move(any.link);
}

std::vector<std::string> sorted_sockets(const Client::Parts& parts) {
    auto sockets = userspace_devices(parts.userspace_directory);
    std::ranges::sort(sockets);
    return sockets;
}

} // namespace

Result<Client> Client::open() {
    auto genetlink = open_netlink(NETLINK_GENERIC);
    if (!genetlink)
        return std::unexpected(std::move(genetlink).error());
    auto route = open_netlink(NETLINK_ROUTE);
    if (!route)
        return std::unexpected(std::move(route).error());
    auto parts = std::make_unique<Parts>();
    parts->kernel = std::make_unique<KernelBackend>(*std::move(genetlink));
    parts->userspace = make_userspace_backend(parts->userspace_directory);
    parts->links = std::make_unique<LinkLayer>(*std::move(route));
    return Client(std::move(parts));
}

Client::Client(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<std::vector<Link>> Client::links() {
    auto all = parts_->links->list();
    if (!all)
        return std::unexpected(std::move(all).error());
    const auto sockets = sorted_sockets(*parts_);
    std::vector<Link> links;
    for (auto& any : *all)
        if (is_wireguard(any, sockets))
            links.push_back(finished(std::move(any)));
    std::ranges::sort(links, {}, &Link::name);
    return links;
}

Result<Link> Client::link(std::string_view name) {
    auto any = parts_->links->find(name);
    if (!any)
        return std::unexpected(std::move(any).error());
    if (!is_wireguard(*any, any->tun ? sorted_sockets(*parts_) : std::vector<std::string>{}))
        return fail(Errc::not_found, fmt::format("find device {}", name),
                    "the link of that name is not a WireGuard device");
    return finished(*std::move(any));
}

Result<Device> Client::get(std::string_view name) {
    return on_backend(*parts_,
                      [name](DeviceBackend& backend) { return get_complete(backend, name); });
}

Result<void> Client::set(std::string_view name, const DeviceChange& change) {
    return on_backend(
        *parts_, [&](DeviceBackend& backend) { return backend.set(name, change, parts_->limits); });
}

Result<void> Client::create(std::string_view name, Backend backend) {
    if (auto checked = check_device_name(name); !checked)
        return checked;
    if (backend == Backend::kernel)
        return parts_->links->create_wireguard(name);
    if (parts_->links->find(name))
        return std::unexpected(Error::from_errno(EEXIST, fmt::format("create device {}", name)));
    return start_userspace(parts_->userspace_directory, name);
}

Result<void> Client::remove(std::string_view name) {
    const auto found = link(name);
    if (!found)
        return std::unexpected(found.error());
    if (found->backend == Backend::kernel) {
        const auto device = get(name);
        if (!device)
            return std::unexpected(device.error());
        if (auto emptied = set(name, removal_of_peers(*device)); !emptied)
            return emptied;
    }
    return parts_->links->remove(found->ifindex);
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

void Client::set_limits(const BatchLimits& limits) { parts_->limits = limits; }

std::uint64_t Client::set_messages() const noexcept {
    return parts_->kernel->set_messages() + parts_->userspace->set_messages();
}

} // namespace wgnl
