// SPDX-License-Identifier: LGPL-2.1-or-later
// One connection a question: conditions that need it are rare, and systemd may be replaced
// meanwhile.
#include "networkd/systemd/manager.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>

#include <sd/handle.hpp>
#include <systemd/sd-bus.h>

namespace wgnl::networkd {
namespace {

constexpr std::uint64_t patience_usec = 2'000'000;

sd::BusHandle connect() {
    sd_bus* bus = nullptr;
    if (sd_bus_open_system(&bus) < 0)
        return {};
    sd_bus_set_method_call_timeout(bus, patience_usec);
    return sd::BusHandle(bus);
}

struct Free {
    void operator()(char* text) const noexcept { std::free(text); }
};

} // namespace

std::optional<std::string> ask_systemd(const char* property) {
    auto bus = connect();
    char* text = nullptr;
    if (!bus || sd_bus_get_property_string(
                    bus.get(), "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                    "org.freedesktop.systemd1.Manager", property, nullptr, &text) < 0)
        return std::nullopt;
    const std::unique_ptr<char, Free> owned(text);
    return std::string(owned.get());
}

} // namespace wgnl::networkd
