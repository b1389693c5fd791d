// SPDX-License-Identifier: LGPL-2.1-or-later
// A message that is kept for its answer.
#pragma once

#include <memory>
#include <string>

#include <systemd/sd-bus.h>

namespace wgnl::daemon {

/// By copyable callbacks of the bus thread.
using SharedMessage = std::shared_ptr<sd_bus_message>;

inline SharedMessage share(sd_bus_message* message) {
    return {sd_bus_message_ref(message), sd_bus_message_unref};
}

/// The unique name of the connection that sent it.
inline std::string sender_of(sd_bus_message* message) {
    const char* sender = sd_bus_message_get_sender(message);
    return sender ? sender : "";
}

} // namespace wgnl::daemon
