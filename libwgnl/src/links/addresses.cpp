// SPDX-License-Identifier: LGPL-2.1-or-later
// The addresses of a link over rtnetlink, and the difference between those that it shall have and
// those that it has.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "layer.hpp"
#include "messages.hpp"
#include "request.hpp"

namespace wgnl {
namespace {

constexpr std::uint8_t last_of_the_kernel = 3; // IFAPROT_KERNEL_LL

bool contains(const std::vector<InterfaceAddress>& list, const InterfaceAddress& address) {
    return std::ranges::find(list, address) != list.end();
}

bool may_be_the_kernels(const LinkAddress& address) {
    if (address.protocol == 0)
        return address.value.address.is_link_local();
    return address.protocol <= last_of_the_kernel;
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

/// A kernel that does not filter sends all of them.
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

bool stands_in_the_way(const InterfaceAddress& other, const InterfaceAddress& address) noexcept {
    return other.address == address.address && other.prefix_length != address.prefix_length &&
           address.address.family() == Family::ipv6;
}

AddressChanges address_changes(const std::vector<InterfaceAddress>& wanted,
                               const std::vector<LinkAddress>& live) {
    AddressChanges changes;
    for (const auto& address : wanted)
        if (!contains(changes.add, address) &&
            std::ranges::find(live, address, &LinkAddress::value) == live.end())
            changes.add.push_back(address);
    for (const auto& each : live) {
        const auto blocks = [&](const auto& added) { return stands_in_the_way(each.value, added); };
        if (contains(wanted, each.value))
            continue;
        if (std::ranges::any_of(changes.add, blocks))
            changes.replace.push_back(each.value);
        else if (!may_be_the_kernels(each))
            changes.remove.push_back(each.value);
    }
    return changes;
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
