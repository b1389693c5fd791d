// SPDX-License-Identifier: LGPL-2.1-or-later
// Client: opens what its faces share.
#include <wgnl/client.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

#include <linux/netlink.h>

#include "base/fd.hpp"
#include "kernel_backend.hpp"
#include "links/layer.hpp"
#include "netlink/inside.hpp"
#include "parts.hpp"

namespace wgnl {
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
LinkLayer::GenerationOf generation_in(UniqueFd sysfs) {
    const auto folder = std::make_shared<const UniqueFd>(std::move(sysfs));
    return [folder](std::string_view name, std::uint32_t ifindex) {
        return link_generation_of(name, ifindex, folder->get());
    };
}

} // namespace

Result<Client> Client::open(const OpenOptions& options) {
    const auto& elsewhere = options.network_namespace;
    auto sockets = inside(elsewhere, [&] { return open_sockets(elsewhere.has_value()); });
    if (!sockets)
        return std::unexpected(std::move(sockets).error());
    auto parts = std::make_unique<ClientParts>();
    parts->kernel = std::make_unique<KernelBackend>(std::move(sockets->genetlink));
    parts->userspace = make_userspace_backend(parts->userspace_directory);
    parts->links = std::make_unique<LinkLayer>(std::move(sockets->route),
                                               elsewhere ? generation_in(std::move(sockets->sysfs))
                                                         : LinkLayer::sysfs_generation);
    parts->home = elsewhere;
    return Client(std::move(parts));
}

Client::Client(std::unique_ptr<ClientParts> parts) noexcept : parts_(std::move(parts)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Devices Client::devices() noexcept { return Devices(*parts_); }
Links Client::links() noexcept { return Links(*parts_); }
Addresses Client::addresses() noexcept { return Addresses(*parts_); }
Routes Client::routes() noexcept { return Routes(*parts_); }

const std::optional<Namespace>& Client::home() const noexcept { return parts_->home; }

} // namespace wgnl
