// SPDX-License-Identifier: LGPL-2.1-or-later
// /proc/sys, and the MTU of the route to each endpoint as a socket sees it.
#include "nm/helper/verbs.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <wgnl/address.hpp>

#include "base/fd.hpp"
#include "nm/profile/glib.hpp"
#include "nm/profile/profile_reader.hpp"

namespace wgnl::nm {
namespace {

/// A number of net/ipv4/conf; absent if there is no such file.
std::optional<int> setting(const std::string& root, std::string_view device,
                           std::string_view name) {
    std::ifstream file(fmt::format("{}/proc/sys/net/ipv4/conf/{}/{}", root, device, name));
    int value{};
    return file >> value ? std::optional(value) : std::nullopt;
}

/// As the kernel has it: the larger of all and the device's, and a new device has the default.
bool is_strict(const std::string& root, const std::string& device) {
    const auto own = setting(root, device, "rp_filter");
    const auto fallback = setting(root, "default", "rp_filter").value_or(0);
    return std::max(setting(root, "all", "rp_filter").value_or(0), own.value_or(fallback)) == 1;
}

sockaddr_storage address_of(const Endpoint& endpoint, socklen_t& size) {
    sockaddr_storage storage{};
    const auto bytes = endpoint.address.bytes();
    if (endpoint.address.family() == Family::ipv4) {
        auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(endpoint.port);
        std::memcpy(&v4->sin_addr, bytes.data(), sizeof v4->sin_addr);
        size = sizeof *v4;
    } else {
        auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(endpoint.port);
        v6->sin6_scope_id = endpoint.scope_id;
        std::memcpy(&v6->sin6_addr, bytes.data(), sizeof v6->sin6_addr);
        size = sizeof *v6;
    }
    return storage;
}

/// Absent without a route. A datagram socket that is connected sends nothing.
std::optional<std::uint32_t> route_mtu(const Endpoint& endpoint) {
    const bool is_v4 = endpoint.address.family() == Family::ipv4;
    const UniqueFd socket(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    socklen_t size{};
    const auto address = address_of(endpoint, size);
    int mtu{};
    socklen_t length = sizeof mtu;
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockopt(socket.get(), is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_MTU : IPV6_MTU,
                     &mtu, &length) != 0 ||
        mtu <= 0)
        return std::nullopt;
    return static_cast<std::uint32_t>(mtu);
}

} // namespace

LintHost look_at_host(NMConnection* profile, const std::string& root) {
    LintHost host;
    const std::string device(view(nm_connection_get_interface_name(profile)));
    host.strict_rp_filter = is_strict(root, device);
    host.src_valid_mark = setting(root, "all", "src_valid_mark").value_or(0) != 0;
    const auto read = declaration_of(profile);
    // The way to an endpoint leads into a full tunnel that is up; what it leaves is unknown then.
    const bool is_up = setting(root, device, "rp_filter").has_value();
    for (const auto& peer :
         read.declaration ? read.declaration->peers : std::vector<DeclaredPeer>{})
        if (const auto endpoint = peer.numeric_endpoint(); endpoint && !is_up)
            if (const auto mtu = route_mtu(*endpoint))
                host.route_mtu.emplace(*peer.endpoint, *mtu);
    return host;
}

} // namespace wgnl::nm
