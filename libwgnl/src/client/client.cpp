// SPDX-License-Identifier: LGPL-2.1-or-later
// Client: sends each call to the back end that has the device, and merges what they show.
#include <algorithm>
#include <cerrno>
#include <span>
#include <string>

#include <linux/netlink.h>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "kernel_backend.hpp"
#include "links/layer.hpp"
#include "links/request.hpp"
#include "netlink/inside.hpp"
#include "parts.hpp"
#include "values/wiping.hpp"

namespace wgnl {
namespace {

constexpr int most_repetitions = 8;

bool is(const auto& result, Errc code) { return !result && result.error().code() == code; }

/// The kernel knows no such WireGuard device: a userspace one may still have the name.
bool is_absent(const auto& result) {
    return is(result, Errc::not_found) || is(result, Errc::unsupported);
}

/// Asks the kernel first, and userspace if the kernel has no such device. If neither has, the
/// kernel tells more about why. A userspace implementation still answers for a while when its link
/// is gone, or here in another namespace.
template <typename Call> auto on_backend(Client::Parts& parts, std::string_view name, Call call)
    -> decltype(call(*parts.kernel)) {
    auto from_kernel = call(*parts.kernel);
    if (!is_absent(from_kernel))
        return from_kernel;
    if (auto link = parts.links->find(name); !link) {
        const bool sure = is(from_kernel, Errc::not_found) && is(link, Errc::not_found);
        return sure ? std::move(from_kernel) : std::unexpected(std::move(link).error());
    }
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

bool is_wireguard(const LinkLayer::AnyLink& any, const std::vector<std::string>& sockets) {
    return any.wireguard || (any.tun && std::ranges::binary_search(sockets, any.link.name));
}

Link finished(LinkLayer::AnyLink any) {
    any.link.backend = any.wireguard ? Backend::kernel : Backend::userspace;
    return std::move(any.link);
}

/// Only a tun device can be WireGuard's by its socket: without one there is nothing to look for.
Result<std::vector<std::string>> sockets_of(const Client::Parts& parts,
                                            std::span<const LinkLayer::AnyLink> links) {
    const bool asked = std::ranges::any_of(links, &LinkLayer::AnyLink::tun);
    return asked ? userspace_devices(parts.userspace_directory)
                 : Result<std::vector<std::string>>{};
}

} // namespace

namespace {

struct Sockets {
    std::unique_ptr<Transport> genetlink{};
    std::unique_ptr<Transport> route{};
    UniqueFd sysfs{}; ///< only of another namespace
};

Result<Sockets> open_sockets(bool elsewhere) {
    auto genetlink = open_netlink(NETLINK_GENERIC);
    if (!genetlink)
        return std::unexpected(std::move(genetlink).error());
    auto route = open_netlink(NETLINK_ROUTE);
    if (!route)
        return std::unexpected(std::move(route).error());
    return Sockets{*std::move(genetlink), *std::move(route),
                   elsewhere ? mount_sysfs() : UniqueFd()};
}

/// Sysfs shows the namespace in which it was mounted, whoever looks.
LinkLayer::CreationOf creation_in(UniqueFd sysfs) {
    const auto folder = std::make_shared<const UniqueFd>(std::move(sysfs));
    return [folder](std::string_view name, std::uint32_t ifindex) {
        return creation_of(name, ifindex, folder->get());
    };
}

} // namespace

Result<Client> Client::open(const OpenOptions& options) {
    const auto& elsewhere = options.network_namespace;
    auto sockets = inside(elsewhere, [&] { return open_sockets(elsewhere.has_value()); });
    if (!sockets)
        return std::unexpected(std::move(sockets).error());
    auto parts = std::make_unique<Parts>();
    parts->kernel = std::make_unique<KernelBackend>(std::move(sockets->genetlink));
    parts->userspace = make_userspace_backend(parts->userspace_directory);
    parts->links = std::make_unique<LinkLayer>(std::move(sockets->route),
                                               elsewhere ? creation_in(std::move(sockets->sysfs))
                                                         : LinkLayer::sysfs_creation);
    parts->home = elsewhere;
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

Result<Link> Client::link(std::string_view name) {
    auto any = parts_->links->find(name);
    if (!any)
        return std::unexpected(std::move(any).error());
    const auto sockets = sockets_of(*parts_, {&*any, 1});
    if (!sockets)
        return std::unexpected(sockets.error());
    if (!is_wireguard(*any, *sockets))
        return fail(Errc::not_found, fmt::format("find device {}", name),
                    "the link of that name is not a WireGuard device");
    return finished(*std::move(any));
}

Result<Device> Client::get(std::string_view name) {
    const StackWiper wiper;
    auto device = on_backend(
        *parts_, name, [name](DeviceBackend& backend) { return get_complete(backend, name); });
    if (!device || device->backend == Backend::userspace)
        return with_index(std::move(device));
    return device->peers.empty() ? device : still_there(*std::move(device));
}

/// The userspace back end looks it up in the calling thread's namespace.
Result<Device> Client::with_index(Result<Device> device) {
    if (!device || !parts_->home)
        return device;
    const auto found = parts_->links->find(device->name);
    if (!found)
        return std::unexpected(found.error());
    device->ifindex = found->link.ifindex;
    return device;
}

/// A dump of a device that is deleted meanwhile ends early without a word.
Result<Device> Client::still_there(Device device) {
    const auto exists = parts_->links->exists(device.ifindex);
    if (!exists)
        return std::unexpected(exists.error());
    if (!*exists)
        return fail(Errc::not_found, fmt::format("read device {}", device.name),
                    "it was deleted, or moved to another network namespace, while it was being "
                    "read",
                    ENODEV);
    return device;
}

Result<void> Client::set(std::string_view name, const DeviceChange& change) {
    const StackWiper wiper;
    auto done = on_backend(*parts_, name, [&](DeviceBackend& backend) {
        return backend.set(name, change, parts_->limits);
    });
    const bool socket_matter = change.listen_port || change.fwmark;
    if (!socket_matter || !failed_with(done, EPERM))
        return done;
    return fail(Errc::permission_denied, done.error().operation(),
                fmt::format("{}; the listen port and the mark also need CAP_NET_ADMIN in the "
                            "network namespace in which the device was created, and cannot be "
                            "changed any more once that is gone: delete the device then, and "
                            "create it again",
                            done.error().detail()),
                EPERM);
}

const std::optional<Namespace>& Client::home() const noexcept { return parts_->home; }

void Client::set_limits(const BatchLimits& limits) { parts_->limits = limits; }

std::uint64_t Client::set_messages() const noexcept {
    return parts_->kernel->set_messages() + parts_->userspace->set_messages();
}

} // namespace wgnl
