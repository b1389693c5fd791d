// SPDX-License-Identifier: LGPL-2.1-or-later
// How methods of the bus objects answer.
#pragma once

#include <systemd/sd-bus.h>

#include "answers/bus_errors.hpp"
#include "sd/handle.hpp"
#include "service.hpp"

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

} // namespace wgnl::daemon
