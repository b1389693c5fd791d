// SPDX-License-Identifier: LGPL-2.1-or-later
// Links and their addresses over rtnetlink.
#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "layer.hpp"
#include <wgnl/network_namespace.hpp>

#include "messages.hpp"
#include "netlink/kernel_errors.hpp"
#include "request.hpp"
#include "values/device_name.hpp"

namespace wgnl {
namespace {

ifinfomsg link_header(std::uint32_t ifindex) {
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(ifindex);
    return header;
}

using AnyLinks = std::vector<LinkLayer::AnyLink>;

/// Links without addresses: all, or the one of that name.
Result<AnyLinks> read_links(Transport& transport, std::string_view name,
                            std::string_view operation) {
    LinkRequest request(RTM_GETLINK, name.empty() ? NLM_F_DUMP : std::uint16_t{}, link_header(0));
    request->put<std::uint32_t>(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    if (!name.empty())
        request->put_text(IFLA_IFNAME, name);
    return gather(transport, request, operation, &read_link);
}

Result<void> add_addresses(Transport& transport, AnyLinks& links, std::uint32_t ifindex,
                           std::string_view operation) {
    const auto all = read_addresses(transport, ifindex, operation);
    if (!all)
        return std::unexpected(all.error());
    std::unordered_map<std::uint32_t, std::vector<InterfaceAddress>> by_link;
    for (const auto& owned : *all)
        by_link[owned.ifindex].push_back(owned.value);
    for (auto& any : links)
        any.link.addresses = std::move(by_link[any.link.ifindex]);
    return {};
}

} // namespace

LinkLayer::LinkLayer(std::unique_ptr<Transport> route, GenerationOf generation_of)
    : transport_(std::move(route)), generation_of_(std::move(generation_of)) {}

Result<std::vector<LinkLayer::AnyLink>> LinkLayer::read(std::string_view name,
                                                        std::string_view operation) {
    auto links = read_links(*transport_, name, operation);
    if (!links)
        return links;
    const bool one = !name.empty() && links->size() == 1;
    const auto ifindex = one ? links->front().link.ifindex : 0;
    if (auto added = add_addresses(*transport_, *links, ifindex, operation); !added)
        return std::unexpected(std::move(added).error());
    for (auto& any : *links)
        if (generation_of_ && (any.wireguard || any.tun))
            any.link.link_generation = generation_of_(any.link.name, any.link.ifindex);
    return links;
}

Result<std::vector<LinkLayer::AnyLink>> LinkLayer::list() { return read({}, "list links"); }

Result<LinkLayer::AnyLink> LinkLayer::find(std::string_view name) {
    const std::string operation = fmt::format("find link {}", name);
    if (auto checked = check_link_name(name); !checked)
        return std::unexpected(std::move(checked).error());
    auto links = read(name, operation);
    if (!links && links.error().code() != Errc::not_found)
        return std::unexpected(std::move(links).error());
    // The kernel also finds a link by an alternative name.
    if (!links || links->empty() || links->front().link.name != name)
        return fail(Errc::not_found, operation, "there is no link of that name", ENODEV);
    return std::move(links->front());
}

Result<bool> LinkLayer::exists(std::uint32_t ifindex) {
    const auto operation = fmt::format("find link {}", ifindex);
    LinkRequest request(RTM_GETLINK, 0, link_header(ifindex));
    request->put<std::uint32_t>(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    auto done = carry_out(*transport_, request, operation);
    if (!done && done.error().code() != Errc::not_found)
        return std::unexpected(std::move(done).error());
    return done.has_value();
}

Result<void> LinkLayer::create_wireguard(std::string_view name, const Namespace* where) {
    if (auto checked = check_device_name(name); !checked)
        return checked;
    LinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(0));
    request->put_text(IFLA_IFNAME, name);
    if (where)
        request->put<std::uint32_t>(IFLA_NET_NS_FD, static_cast<std::uint32_t>(where->fd()));
    request->open_nest(IFLA_LINKINFO);
    request->put_text(IFLA_INFO_KIND, "wireguard");
    request->close_nest();
    auto done = carry_out(*transport_, request, fmt::format("create device {}", name));
    return in_words(std::move(done), EOPNOTSUPP, Errc::unsupported,
                    "the kernel has no wireguard module: install it, or use wireguard-go");
}

Result<void> LinkLayer::remove(std::uint32_t ifindex) {
    LinkRequest request(RTM_DELLINK, 0, link_header(ifindex));
    return carry_out(*transport_, request, fmt::format("delete link {}", ifindex));
}

Result<void> LinkLayer::rename(std::uint32_t ifindex, std::string_view name) {
    if (auto checked = check_device_name(name); !checked)
        return checked;
    LinkRequest request(RTM_NEWLINK, 0, link_header(ifindex));
    request->put_text(IFLA_IFNAME, name);
    auto done = carry_out(*transport_, request, fmt::format("rename link {} to {}", ifindex, name));
    done = in_words(std::move(done), EEXIST, Errc::system, "a link of that name exists already");
    return in_words(std::move(done), EBUSY, Errc::unsupported,
                    "before Linux 6.2 only a link that is down can be renamed: set it down first, "
                    "which ends its sessions");
}

Result<void> LinkLayer::move(std::uint32_t ifindex, const Namespace& where) {
    LinkRequest request(RTM_NEWLINK, 0, link_header(ifindex));
    request->put<std::uint32_t>(IFLA_NET_NS_FD, static_cast<std::uint32_t>(where.fd()));
    auto done =
        carry_out(*transport_, request,
                  fmt::format("move link {} to network namespace {}", ifindex, where.name()));
    return in_words(std::move(done), EEXIST, Errc::system,
                    "a link of that name exists there already");
}

Result<void> LinkLayer::set_up(std::uint32_t ifindex, bool up) {
    ifinfomsg header = link_header(ifindex);
    header.ifi_flags = up ? static_cast<unsigned>(IFF_UP) : 0U;
    header.ifi_change = IFF_UP;
    LinkRequest request(RTM_NEWLINK, 0, header);
    auto done =
        carry_out(*transport_, request, fmt::format("set link {} {}", ifindex, up ? "up" : "down"));
    done = in_words(std::move(done), ENONET, Errc::system,
                    "the network namespace that has its sockets, the one in which it was created, "
                    "is gone: delete the device and create it again");
    done = in_words(std::move(done), EACCES, Errc::permission_denied, port_is_privileged());
    return in_words(std::move(done), EADDRINUSE, Errc::system,
                    "another program has its listen port: end that one, or choose another port");
}

Result<void> LinkLayer::set_mtu(std::uint32_t ifindex, std::uint32_t mtu) {
    LinkRequest request(RTM_NEWLINK, 0, link_header(ifindex));
    request->put(IFLA_MTU, mtu);
    return carry_out(*transport_, request, fmt::format("set the MTU of link {}", ifindex));
}

} // namespace wgnl
