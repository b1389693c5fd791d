// SPDX-License-Identifier: LGPL-2.1-or-later
// Routes through one link over rtnetlink.
#include <cerrno>

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "layer.hpp"
#include "messages.hpp"
#include "request.hpp"

namespace wgnl {
namespace {

rtmsg header_for(int family, std::uint8_t protocol) {
    rtmsg header{};
    header.rtm_family = static_cast<unsigned char>(family);
    header.rtm_protocol = protocol;
    header.rtm_type = RTN_UNICAST;
    return header;
}

/// The kernel's filters, where it has them (Linux 4.20), spare us a router's full table.
Result<void> read_routes(Transport& transport, int family, std::uint32_t ifindex,
                         std::uint8_t protocol, std::vector<Route>& routes) {
    LinkRequest request(RTM_GETROUTE, NLM_F_DUMP, header_for(family, protocol));
    request->put(RTA_OIF, ifindex);
    const auto operation = fmt::format("read routes of link {}", ifindex);
    const auto all = gather(transport, request, operation, &read_link_route);
    if (!all)
        return std::unexpected(all.error());
    const auto wanted = family == AF_INET ? Family::ipv4 : Family::ipv6;
    for (const auto& [through, route] : *all)
        if (through == ifindex && route.destination.network.family() == wanted &&
            (protocol == 0 || route.protocol == protocol))
            routes.push_back(route);
    return {};
}

/// Numbers from 256 on have no room in the header.
void put_route(LinkRequest& request, std::uint32_t ifindex, const Route& route) {
    if (route.destination.prefix_length != 0)
        request->put_bytes(RTA_DST, route.destination.network.bytes());
    request->put(RTA_OIF, ifindex);
    request->put(RTA_TABLE, route.table);
    if (route.metric != 0)
        request->put(RTA_PRIORITY, route.metric);
}

rtmsg header_of(const Route& route, std::uint8_t protocol, unsigned char scope) {
    const bool v4 = route.destination.network.family() == Family::ipv4;
    rtmsg header = header_for(v4 ? AF_INET : AF_INET6, protocol);
    header.rtm_dst_len = route.destination.prefix_length;
    header.rtm_scope = v4 ? scope : static_cast<unsigned char>(RT_SCOPE_UNIVERSE);
    return header;
}

} // namespace

Result<std::vector<Route>> LinkLayer::routes(std::uint32_t ifindex, std::uint8_t protocol) {
    std::vector<Route> routes;
    for (const int family : {AF_INET, AF_INET6})
        if (auto read = read_routes(*transport_, family, ifindex, protocol, routes); !read)
            return std::unexpected(std::move(read).error());
    return routes;
}

Result<void> LinkLayer::add_route(std::uint32_t ifindex, const Route& wanted) {
    const Route route = wanted.normalised();
    LinkRequest request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
                        header_of(route, route_protocol, RT_SCOPE_LINK));
    put_route(request, ifindex, route);
    auto done = carry_out(*transport_, request,
                          fmt::format("add route {} through link {}", route.to_string(), ifindex));
    done = in_words(std::move(done), EEXIST, Errc::system,
                    "the table has a route to that destination with that metric already, through "
                    "another link or by another program: remove that one, or ask for another "
                    "metric or table");
    done = in_words(std::move(done), ENETDOWN, Errc::system,
                    "the link is down: set it up before its routes");
    return in_words(std::move(done), EACCES, Errc::system, std::string(ipv6_is_off));
}

Result<void> LinkLayer::remove_route(std::uint32_t ifindex, const Route& unwanted) {
    const Route route = unwanted.normalised();
    LinkRequest request(RTM_DELROUTE, 0, header_of(route, route.protocol, RT_SCOPE_NOWHERE));
    put_route(request, ifindex, route);
    auto done =
        carry_out(*transport_, request,
                  fmt::format("remove route {} through link {}", route.to_string(), ifindex));
    return failed_with(done, ESRCH) ? Result<void>{} : done;
}

} // namespace wgnl
