// SPDX-License-Identifier: LGPL-2.1-or-later
// getaddrinfo(3), its answers and its errors as values.
#include "lookup.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

namespace wgnl::resolve {

namespace {

struct FreeAnswers {
    void operator()(addrinfo* answers) const noexcept { freeaddrinfo(answers); }
};

HostAddress address_of(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, address, sizeof v4);
        std::array<std::uint8_t, 4> bytes;
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return {IpAddress::v4(bytes), 0};
    }
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return {IpAddress::v6(bytes), v6.sin6_scope_id};
}

bool is_internet(const addrinfo& answer) {
    return answer.ai_family == AF_INET || answer.ai_family == AF_INET6;
}

std::vector<HostAddress> addresses_of(const addrinfo* answers) {
    std::vector<HostAddress> found;
    for (; answers && found.size() < most_addresses; answers = answers->ai_next) {
        if (!is_internet(*answers))
            continue;
        const auto address = address_of(answers->ai_addr);
        if (std::ranges::find(found, address) == found.end())
            found.push_back(address);
    }
    return found;
}

Answer failure(int error, int errnum) {
    switch (error) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return {Outcome::no_such_name, {}, "there is no such name, or it has no address"};
    case EAI_SYSTEM:
        return {Outcome::temporary_failure, {}, std::strerror(errnum)};
    default:
        return {Outcome::temporary_failure, {}, gai_strerror(error)};
    }
}

} // namespace

Result<void> check_name(std::string_view name) {
    const auto is_odd = [](unsigned char c) { return c <= 0x20 || c == 0x7f; };
    if (name.empty() || name.size() > longest_name || std::ranges::any_of(name, is_odd))
        return fail(Errc::invalid_argument, "resolve",
                    fmt::format("a host name has 1 to {} bytes, and no control character or space",
                                longest_name));
    return {};
}

Answer look_up(const std::string& name) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* answers{};
    const int error = getaddrinfo(name.c_str(), nullptr, &wanted, &answers);
    const int errnum = errno;
    const std::unique_ptr<addrinfo, FreeAnswers> owned{answers};
    if (error != 0)
        return failure(error, errnum);
    auto found = addresses_of(answers);
    return found.empty() ? failure(EAI_NODATA, 0) : Answer{Outcome::found, std::move(found), {}};
}

} // namespace wgnl::resolve
