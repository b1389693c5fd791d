// SPDX-License-Identifier: LGPL-2.1-or-later
// .network text, in the order in which people write it.
#include "networkd/network/network_writer.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace wgnl::networkd {
namespace {

std::string_view family_of(const FullTunnel& tunnel) {
    if (tunnel.ipv4 && tunnel.ipv6)
        return "both";
    return tunnel.ipv4 ? "ipv4" : "ipv6";
}

std::string domain_text(const std::string& domain) {
    return domain == adapter::every_query ? "~." : domain;
}

std::string name_server_text(const NetworkContent& content) {
    std::string text;
    for (const auto& server : content.names.servers)
        text += fmt::format("DNS={}\n", server.address.to_string());
    std::vector<std::string> domains;
    for (const auto& domain : content.names.domains)
        domains.push_back(domain_text(domain));
    if (content.answers_every_query() && std::ranges::find(domains, "~.") == domains.end())
        domains.emplace_back("~.");
    if (!domains.empty())
        text += fmt::format("Domains={}\n", fmt::join(domains, " "));
    return text;
}

std::string route_text(const DeclaredRoute& route) {
    auto text = fmt::format("\n[Route]\nDestination={}\n", route.destination.to_string());
    if (route.table != main_table)
        text += fmt::format("Table={}\n", route.table);
    if (route.metric != 0)
        text += fmt::format("Metric={}\n", route.metric);
    return text;
}

/// What main knows better than by its default route comes first: the LAN stays reachable.
std::string rule_text(const FullTunnel& tunnel) {
    const auto family = family_of(tunnel);
    auto text = fmt::format("\n[RoutingPolicyRule]\nFamily={}\nPriority={}\nTable=main\n"
                            "SuppressPrefixLength=0\n",
                            family, main_rule_priority);
    text += fmt::format("\n[RoutingPolicyRule]\nFamily={}\nPriority={}\nFirewallMark={}\n"
                        "InvertRule=yes\nTable={}\n",
                        family, tunnel_rule_priority, tunnel.mark, tunnel.table);
    if (tunnel.origin != FullTunnel::Mark::written)
        text += fmt::format("\n[X-Wgnl]\nFirewallMark={}\n",
                            tunnel.origin == FullTunnel::Mark::chosen ? "auto" : "off");
    return text;
}

} // namespace

bool NetworkContent::empty() const {
    return addresses.empty() && names.servers.empty() && names.domains.empty() && routes.empty() &&
           !tunnel;
}

bool NetworkContent::answers_every_query() const {
    return !names.servers.empty() &&
           adapter::means_every_query(!names.domains.empty(), tunnel.has_value());
}

std::string network_text(const NetworkContent& content) {
    if (content.empty())
        return {};
    auto text = fmt::format("[Match]\nName={}\n\n[Network]\n", content.device);
    for (const auto& address : content.addresses)
        text += fmt::format("Address={}\n", address.to_string());
    text += name_server_text(content);
    if (content.tunnel && content.tunnel->ipv4 && content.knows_src_valid_mark)
        text += "IPv4SrcValidMark=yes\n";
    for (const auto& route : content.routes)
        text += route_text(route);
    if (content.tunnel)
        text += rule_text(*content.tunnel);
    return text;
}

} // namespace wgnl::networkd
