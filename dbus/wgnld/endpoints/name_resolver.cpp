// SPDX-License-Identifier: LGPL-2.1-or-later
// org.wgnl.Resolve1 as its only client sees it; nothing that it says is taken on trust.
#include "name_resolver.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <sys/socket.h>

namespace wgnl::daemon {

namespace {

constexpr const char* service = "org.wgnl.Resolve1";
constexpr const char* object = "/org/wgnl/Resolve1";
constexpr std::size_t most_addresses = 64;
constexpr std::size_t v4_length = 4;
constexpr std::size_t v6_length = 16;

std::optional<Endpoint> endpoint_of(int family, std::span<const std::uint8_t> bytes,
                                    std::uint32_t scope) {
    if (family == AF_INET && bytes.size() == v4_length)
        return Endpoint{IpAddress::v4(bytes.first<v4_length>()), 0, 0};
    if (family == AF_INET6 && bytes.size() == v6_length) {
        const auto address = IpAddress::v6(bytes.first<v6_length>());
        return Endpoint{address, 0, address.is_link_local() ? scope : 0};
    }
    return std::nullopt;
}

/// One of a(iayu); absent at the end, or where the message is odd.
std::optional<Endpoint> read_address(sd_bus_message* answer) {
    std::int32_t family = 0;
    std::uint32_t scope = 0;
    const void* bytes = nullptr;
    std::size_t size = 0;
    if (sd_bus_message_enter_container(answer, 'r', "iayu") <= 0 ||
        sd_bus_message_read(answer, "i", &family) < 0 ||
        sd_bus_message_read_array(answer, 'y', &bytes, &size) < 0 ||
        sd_bus_message_read(answer, "u", &scope) < 0 || sd_bus_message_exit_container(answer) < 0)
        return std::nullopt;
    return endpoint_of(family, {static_cast<const std::uint8_t*>(bytes), size}, scope);
}

NameAnswer trouble_of(const sd_bus_error& error) {
    const std::string_view name = error.name ? error.name : "";
    const char* message = error.message ? error.message : "no reason given";
    if (name.starts_with("org.wgnl.Resolve1.Error."))
        return {.trouble = message};
    return {.trouble = fmt::format("wgnl-resolve cannot be asked ({})", message)};
}

NameAnswer answer_of(sd_bus_message* answer) {
    if (const auto* error = sd_bus_message_get_error(answer))
        return trouble_of(*error);
    NameAnswer found;
    if (sd_bus_message_enter_container(answer, 'a', "(iayu)") > 0)
        while (found.addresses.size() < most_addresses) {
            const auto address = read_address(answer);
            if (!address)
                break;
            found.addresses.push_back(*address);
        }
    if (found.addresses.empty())
        found.trouble = "wgnl-resolve gave no usable address";
    return found;
}

} // namespace

void ResolveClient::resolve(const std::string& host, Done done) {
    auto call = sd::method_call(bus_, service, object, service, "Resolve");
    int result = call ? sd_bus_message_set_auto_start(call->get(), 1) : -ENOMEM;
    if (result >= 0)
        result = sd_bus_message_append(call->get(), "s", host.c_str());
    if (result >= 0)
        result = calls_.send(bus_, call->get(),
                             [done](sd_bus_message* answer) { done(answer_of(answer)); });
    if (result < 0)
        done({.trouble = fmt::format("wgnl-resolve cannot be asked ({})", std::strerror(-result))});
}

} // namespace wgnl::daemon
