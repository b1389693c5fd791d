// SPDX-License-Identifier: LGPL-2.1-or-later
// How large a call is: whoever waits for an answer has us keep its call.
#pragma once

#include <cstddef>

#include <systemd/sd-bus.h>

namespace wgnl::daemon {

/// More than any call needs: the names of 10,000 devices.
inline constexpr std::size_t longest_call = 256U << 10U;

/// Whether the arguments take more than that. The message is rewound.
bool is_too_long(sd_bus_message* message);

} // namespace wgnl::daemon
