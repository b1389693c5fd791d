// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes what reads single messages: the controller's reply, links and addresses of rtnetlink.
#include "links/messages.hpp"
#include "codec/attributes.hpp"
#include "fuzz.hpp"

namespace wgnl::fuzz {
namespace {

void require_link(Bytes message) {
    const auto link = read_link(message, "fuzz");
    if (!link)
        return require_shown(link.error());
    if (!*link)
        return;
    const auto& any = **link;
    require(!any.link.name.empty(), "a link has a name");
    require(any.link.name.find('\0') == std::string::npos, "a name ends at the first NUL");
    require(!(any.wireguard && any.tun), "a link is of one kind");
}

void require_address(Bytes message) {
    const auto address = read_link_address(message, "fuzz");
    if (!address)
        return require_shown(address.error());
    if (!*address)
        return;
    const auto& value = (*address)->value;
    require(InterfaceAddress::parse(value.to_string()) == value, "an address can be written");
}

void require_route(Bytes message) {
    const auto route = read_link_route(message, "fuzz");
    if (!route)
        return require_shown(route.error());
    if (!*route)
        return;
    const auto& network = (*route)->value.destination;
    require((*route)->ifindex != 0, "a route goes through a link");
    require(network.prefix_length <= address_bits(network.network.family()),
            "a prefix fits its address");
}

} // namespace
} // namespace wgnl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace wgnl;
    const auto message = fuzz::Input(data, size).rest();
    (void)message_type(message);
    (void)decode_family_reply(message);
    fuzz::require_link(message);
    fuzz::require_address(message);
    fuzz::require_route(message);
    (void)says_moved(message);
    return 0;
}
