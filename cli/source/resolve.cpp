// SPDX-License-Identifier: LGPL-2.1-or-later
// One look-up by getaddrinfo(3) for each endpoint that is a name.
#include "resolve.hpp"

#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

namespace wgnl::cli {
namespace {

struct FreeAnswers {
    void operator()(addrinfo* answers) const noexcept { freeaddrinfo(answers); }
};

Endpoint endpoint_of(const sockaddr* address, std::uint16_t port) {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, address, sizeof v4);
        std::array<std::uint8_t, 4> bytes;
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return {IpAddress::v4(bytes), port, 0};
    }
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return {IpAddress::v6(bytes), port, v6.sin6_scope_id};
}

/// At least one.
Result<std::vector<Endpoint>> look_up(const HostPort& name) {
    addrinfo wanted{};
    wanted.ai_flags = AI_ADDRCONFIG;
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* answers{};
    const int result = getaddrinfo(name.host.c_str(), nullptr, &wanted, &answers);
    const std::unique_ptr<addrinfo, FreeAnswers> owned{answers};
    if (result != 0)
        return fail(Errc::not_found, fmt::format("resolve {}", name.host), gai_strerror(result));
    std::vector<Endpoint> found;
    for (const auto* answer = answers; answer; answer = answer->ai_next)
        if (answer->ai_family == AF_INET || answer->ai_family == AF_INET6)
            found.push_back(endpoint_of(answer->ai_addr, name.port));
    if (!found.empty())
        return found;
    return fail(Errc::not_found, fmt::format("resolve {}", name.host), "it has no address");
}

Result<std::vector<Endpoint>> resolve(const std::string& text) {
    const auto name = HostPort::parse(text);
    if (!name)
        return std::unexpected{name.error()};
    return look_up(*name);
}

} // namespace

Resolved resolve_endpoints(const Declaration& declaration) {
    Resolved resolved;
    for (const auto& peer : declaration.peers) {
        const bool is_name = peer.endpoint && !peer.numeric_endpoint();
        if (peer.kept_as_is || !is_name || resolved.endpoints.contains(*peer.endpoint))
            continue;
        const auto found = resolve(*peer.endpoint);
        if (found) {
            resolved.endpoints.emplace(*peer.endpoint, found->front());
            for (const auto& each : *found)
                resolved.addresses[*peer.endpoint].push_back(each.address);
        } else {
            resolved.problems.push_back(
                {.severity = Severity::warning,
                 .location = peer.location,
                 .text = fmt::format("Endpoint={}: {}; the peer is applied without it",
                                     *peer.endpoint, found.error().detail()),
                 .key = "Endpoint",
                 .peer = peer.public_key});
        }
    }
    return resolved;
}

} // namespace wgnl::cli
