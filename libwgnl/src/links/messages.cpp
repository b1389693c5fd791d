// SPDX-License-Identifier: LGPL-2.1-or-later
// rtnetlink's messages about links and addresses as values.
#include "messages.hpp"

#include <array>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "codec/attributes.hpp"

namespace wgnl {
namespace {

std::string_view kind_of(AttributeReader info) {
    while (info.next())
        if (info.type() == IFLA_INFO_KIND)
            return info.text();
    return {};
}

void read_attribute(AttributeReader& attribute, LinkLayer::AnyLink& any) {
    if (attribute.type() == IFLA_IFNAME) {
        any.link.name = attribute.text();
    } else if (attribute.type() == IFLA_MTU) {
        any.link.mtu = attribute.as<std::uint32_t>();
    } else if (attribute.type() == IFLA_LINKINFO) {
        const auto kind = kind_of(attribute.nested());
        any.wireguard = kind == "wireguard";
        any.tun = kind == "tun";
    }
}

std::optional<IpAddress> read_ip(int family, Bytes bytes) {
    if (family == AF_INET && bytes.size() == 4)
        return IpAddress::v4(bytes.first<4>());
    if (family == AF_INET6 && bytes.size() == 16)
        return IpAddress::v6(bytes.first<16>());
    return std::nullopt;
}

std::unexpected<Error> malformed(std::string_view operation) {
    return fail(Errc::protocol, std::string(operation), "the kernel sent a malformed message");
}

} // namespace

std::uint16_t message_type(Bytes message) noexcept {
    nlmsghdr header{};
    if (message.size() >= sizeof(header))
        std::memcpy(&header, message.data(), sizeof(header));
    return header.nlmsg_type;
}

Result<std::optional<LinkLayer::AnyLink>> read_link(Bytes message, std::string_view operation) {
    const auto type = message_type(message);
    const auto header = family_header<ifinfomsg>(message);
    if ((type != RTM_NEWLINK && type != RTM_DELLINK) || !header || header->ifi_family != AF_UNSPEC)
        return std::nullopt;
    LinkLayer::AnyLink any;
    any.link.ifindex = static_cast<std::uint32_t>(header->ifi_index);
    any.link.up = (header->ifi_flags & IFF_UP) != 0;
    auto attributes = message_attributes(message, sizeof(ifinfomsg));
    while (attributes.next())
        read_attribute(attributes, any);
    if (!attributes.ok() || any.link.name.empty())
        return malformed(operation);
    any.link.backend = any.tun ? Backend::userspace : Backend::kernel;
    return any;
}

// IFA_LOCAL is the link's own address, and IFA_ADDRESS the far end's; where both are the same, IPv6
// sends IFA_ADDRESS alone.
Result<std::optional<LinkAddress>> read_link_address(Bytes message, std::string_view operation) {
    const auto type = message_type(message);
    const auto header = family_header<ifaddrmsg>(message);
    if ((type != RTM_NEWADDR && type != RTM_DELADDR) || !header)
        return std::nullopt;
    std::optional<IpAddress> local;
    std::optional<IpAddress> address;
    std::uint8_t protocol = 0;
    auto attributes = message_attributes(message, sizeof(ifaddrmsg));
    while (attributes.next())
        if (attributes.type() == IFA_LOCAL)
            local = read_ip(header->ifa_family, attributes.payload());
        else if (attributes.type() == IFA_ADDRESS)
            address = read_ip(header->ifa_family, attributes.payload());
        else if (attributes.type() == IFA_PROTO)
            protocol = attributes.as<std::uint8_t>();
    if (!attributes.ok())
        return malformed(operation);
    const auto own = local ? local : address;
    if (!own)
        return std::nullopt;
    if (header->ifa_prefixlen > address_bits(own->family()))
        return malformed(operation);
    return LinkAddress{header->ifa_index, {*own, header->ifa_prefixlen}, protocol};
}

bool says_moved(Bytes message) noexcept {
    auto attributes = message_attributes(message, sizeof(ifinfomsg));
    while (attributes.next())
        if (attributes.type() == IFLA_NEW_NETNSID)
            return message_type(message) == RTM_DELLINK;
    return false;
}

namespace {

struct RouteAttributes {
    std::optional<IpAddress> destination{};
    std::uint32_t ifindex{};
    std::uint32_t table{};
    std::uint32_t metric{};
    bool has_gateway{};

    void read(AttributeReader& attribute, int family) {
        if (attribute.type() == RTA_DST)
            destination = read_ip(family, attribute.payload());
        else if (attribute.type() == RTA_OIF)
            ifindex = attribute.as<std::uint32_t>();
        else if (attribute.type() == RTA_TABLE)
            table = attribute.as<std::uint32_t>();
        else if (attribute.type() == RTA_PRIORITY)
            metric = attribute.as<std::uint32_t>();
        has_gateway |= attribute.type() == RTA_GATEWAY || attribute.type() == RTA_VIA;
    }
};

IpAddress any_of(int family) {
    static constexpr std::array<std::uint8_t, 16> zeros{};
    const std::span bytes(zeros);
    return family == AF_INET ? IpAddress::v4(bytes.first<4>()) : IpAddress::v6(bytes);
}

} // namespace

// A default route has no RTA_DST; rtm_table only holds numbers below 256.
Result<std::optional<LinkRoute>> read_link_route(Bytes message, std::string_view operation) {
    const auto header = family_header<rtmsg>(message);
    if (message_type(message) != RTM_NEWROUTE || !header || header->rtm_type != RTN_UNICAST ||
        (header->rtm_family != AF_INET && header->rtm_family != AF_INET6))
        return std::nullopt;
    RouteAttributes read{.table = header->rtm_table};
    auto attributes = message_attributes(message, sizeof(rtmsg));
    while (attributes.next())
        read.read(attributes, header->rtm_family);
    if (!attributes.ok() || (!read.destination && header->rtm_dst_len != 0))
        return malformed(operation);
    if (read.ifindex == 0 || read.has_gateway)
        return std::nullopt;
    const auto network = read.destination.value_or(any_of(header->rtm_family));
    if (header->rtm_dst_len > address_bits(network.family()))
        return malformed(operation);
    return LinkRoute{
        read.ifindex,
        {{network, header->rtm_dst_len}, read.table, read.metric, header->rtm_protocol}};
}

} // namespace wgnl
