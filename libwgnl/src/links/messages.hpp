// SPDX-License-Identifier: LGPL-2.1-or-later
// rtnetlink's messages about links and addresses as values.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include <linux/netlink.h>

#include "layer.hpp"

namespace wgnl {

/// nlmsg_type of a message; 0 if it is too short to have one.
std::uint16_t message_type(Bytes message) noexcept;

/// The family header behind the nlmsghdr; absent if the message is too short for it.
template <typename Header> std::optional<Header> family_header(Bytes message) noexcept {
    Header header;
    if (message.size() < NLMSG_HDRLEN + sizeof(header))
        return std::nullopt;
    std::memcpy(&header, message.data() + NLMSG_HDRLEN, sizeof(header));
    return header;
}

/// The link of RTM_NEWLINK or RTM_DELLINK, without addresses and generation. Absent for any other
/// message, also for a link's membership in a bridge, which has the same type.
Result<std::optional<LinkLayer::AnyLink>> read_link(Bytes message, std::string_view operation);

/// The link's own IPv4 or IPv6 address of RTM_NEWADDR or RTM_DELADDR; absent for anything else.
Result<std::optional<LinkAddress>> read_link_address(Bytes message, std::string_view operation);

/// RTM_DELLINK of a link that lives on in another network namespace.
bool says_moved(Bytes message) noexcept;

struct LinkRoute {
    std::uint32_t ifindex;
    Route value;
};
/// The unicast route through one link of RTM_NEWROUTE; absent for anything else, also for one that
/// has a gateway.
Result<std::optional<LinkRoute>> read_link_route(Bytes message, std::string_view operation);

/// Those of one link, or with index 0 of all.
Result<std::vector<LinkAddress>> read_addresses(Transport& transport, std::uint32_t ifindex,
                                                std::string_view operation);

} // namespace wgnl
