// SPDX-License-Identifier: LGPL-2.1-or-later
// Links and their addresses over rtnetlink.
#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "layer.hpp"
#include <wgnl/network_namespace.hpp>

#include "messages.hpp"
#include "netlink/kernel_errors.hpp"
#include "netlink/link_generation.hpp"
#include "request.hpp"
#include "values/device_name.hpp"

namespace wgnl {
namespace {

ifinfomsg link_header(std::uint32_t ifindex) {
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(ifindex);
    return header;
}

/// As networkd and `ip address add` have it: an address that nobody elsewhere can answer to is no
/// source for packets that leave. For IPv6 the kernel decides.
unsigned char scope_of(const IpAddress& address) {
    const auto bytes = address.bytes();
    if (address.family() != Family::ipv4)
        return RT_SCOPE_UNIVERSE;
    if (bytes[0] == 127)
        return RT_SCOPE_HOST;
    return bytes[0] == 169 && bytes[1] == 254 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

ifaddrmsg address_header(std::uint32_t ifindex, const InterfaceAddress& address) {
    ifaddrmsg header{};
    header.ifa_family = address.address.family() == Family::ipv4 ? AF_INET : AF_INET6;
    header.ifa_prefixlen = address.prefix_length;
    header.ifa_scope = scope_of(address.address);
    header.ifa_index = ifindex;
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

/// Those of one link, or with index 0 of all. A kernel that does not filter sends all of them.
Result<std::vector<LinkAddress>> read_addresses(Transport& transport, std::uint32_t ifindex,
                                                std::string_view operation) {
    ifaddrmsg header{};
    header.ifa_index = ifindex;
    LinkRequest request(RTM_GETADDR, NLM_F_DUMP, header);
    auto all = gather(transport, request, operation, &read_link_address);
    if (all && ifindex != 0)
        std::erase_if(*all, [&](const LinkAddress& each) { return each.ifindex != ifindex; });
    return all;
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

void put_address(LinkRequest& request, const InterfaceAddress& address) {
    request->put_bytes(IFA_LOCAL, address.address.bytes());
    request->put_bytes(IFA_ADDRESS, address.address.bytes());
}

/// The kernel refuses what is there; for IPv6 also the same address with another prefix length.
Result<void> check_presence(Transport& transport, std::uint32_t ifindex,
                            const InterfaceAddress& address, const Result<void>& refusal) {
    const auto live = read_addresses(transport, ifindex, refusal.error().operation());
    if (!live)
        return std::unexpected(live.error());
    const auto other = std::ranges::find_if(
        *live, [&](const LinkAddress& each) { return stands_in_the_way(each.value, address); });
    if (other == live->end())
        return {};
    return fail(Errc::system, refusal.error().operation(),
                fmt::format("it is there as {}: remove that first", other->value.to_string()),
                EEXIST);
}

} // namespace

LinkLayer::LinkLayer(std::unique_ptr<Transport> route, CreationOf creation_of)
    : transport_(std::move(route)), creation_of_(std::move(creation_of)) {}

std::uint64_t LinkLayer::sysfs_creation(std::string_view name, std::uint32_t ifindex) {
    return wgnl::creation_of(name, ifindex, open_sysfs().get());
}

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
        if (creation_of_ && (any.wireguard || any.tun))
            any.link.creation = creation_of_(any.link.name, any.link.ifindex);
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

Result<std::vector<LinkAddress>> LinkLayer::addresses(std::uint32_t ifindex) {
    return read_addresses(*transport_, ifindex, fmt::format("read addresses of link {}", ifindex));
}

/// The mark tells our link-local addresses from the kernel's own.
Result<void> LinkLayer::add_address(std::uint32_t ifindex, const InterfaceAddress& address) {
    LinkRequest request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address_header(ifindex, address));
    put_address(request, address);
    request->put(IFA_PROTO, route_protocol);
    auto done = carry_out(*transport_, request,
                          fmt::format("add address {} to link {}", address.to_string(), ifindex));
    done = in_words(std::move(done), EACCES, Errc::system, std::string(ipv6_is_off));
    return failed_with(done, EEXIST) ? check_presence(*transport_, ifindex, address, done) : done;
}

Result<void> LinkLayer::remove_address(std::uint32_t ifindex, const InterfaceAddress& address) {
    LinkRequest request(RTM_DELADDR, 0, address_header(ifindex, address));
    put_address(request, address);
    auto done =
        carry_out(*transport_, request,
                  fmt::format("remove address {} from link {}", address.to_string(), ifindex));
    return failed_with(done, EADDRNOTAVAIL) ? Result<void>{} : done;
}

} // namespace wgnl
