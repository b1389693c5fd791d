// SPDX-License-Identifier: LGPL-2.1-or-later
// How members of the bus objects answer: getters from plain functions, replies built at once or
// later.
#pragma once

#include <systemd/sd-bus.h>

#include "answers/bus_errors.hpp"
#include "sd/handle.hpp"
#include "service.hpp"
#include "visibility.hpp"

namespace wgnl::daemon {

/// Builds the reply with `fill` (negative errno on failure) and sends it.
template <typename Fill> int reply_with(sd_bus_message* message, Fill fill) {
    sd_bus_message* made = nullptr;
    int result = sd_bus_message_new_method_return(message, &made);
    const sd::MessageHandle reply(made);
    if (result >= 0)
        result = fill(made);
    return result < 0 ? result : sd_bus_send(nullptr, made, nullptr);
}

/// A property getter from a function of the device. Where not everybody may see it, it is as empty
/// to one who may not as that of a device without anything.
template <auto append> int device_property(sd_bus*, const char*, const char*, const char* property,
                                           sd_bus_message* reply, void* target,
                                           sd_bus_error*) noexcept {
    static const DeviceModel nothing("");
    const auto& asked = *static_cast<Target*>(target);
    const bool sees = everybody_sees(property) || asked.service->may_read(*asked.device);
    return append(reply, sees ? *asked.device : nothing);
}

template <auto append> int peer_property(sd_bus*, const char*, const char*, const char*,
                                         sd_bus_message* reply, void* target,
                                         sd_bus_error*) noexcept {
    const auto& asked = *static_cast<Target*>(target);
    return append(reply, asked);
}

} // namespace wgnl::daemon
