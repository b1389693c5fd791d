// SPDX-License-Identifier: LGPL-2.1-or-later
// How methods of the objects answer: at once, or later.
#pragma once

#include <functional>
#include <string>

#include <systemd/sd-bus.h>

#include "answers/bus_errors.hpp"
#include "sd/handle.hpp"
#include "service.hpp"

namespace wgnl::daemon {

/// Answers the message when it is called: an empty reply, or the error.
DeviceManager::Done reply_later(sd_bus_message* message);

/// Who may have an answer about a device.
enum class Audience : std::uint8_t {
    everybody,  ///< what is asked for is everybody's to see
    insiders,   ///< others are refused, unless the device is public
    all_in_part ///< everybody; those who may not see all of it get a part
};

/// Writes the answer about the device as it is by then: replies, or returns a negative errno, or
/// sets the error.
using Answer =
    std::function<int(sd_bus_message* message, const DeviceModel& device, sd_bus_error* error)>;
/// About how many bytes the answer will have, rather more.
using EstimateSize = std::function<std::uint64_t(const DeviceModel& device)>;

/// The way of every question about a device: who asks is decided (by polkit if need be), counters
/// are brought up to date, the device is looked up again, `answer` is written: in its turn among
/// the large ones, where `estimate_size` says that it is one. All of that may take turns of the
/// loop. Returns what a method handler returns.
int answer_about(BusService& service, sd_bus_message* message, const DeviceModel& device,
                 Audience audience, Answer answer, EstimateSize estimate_size = nullptr);

/// Why another source that has declared the device stands in the way, naming both; where a private
/// one is declared is not said.
std::string conflict_text(const DeclarationRegistry& registry, const std::string& device);

/// Reconciles the device (empty: all that the caller may) if the caller is root or has declared it,
/// else if polkit says yes. Replies at once or later.
void request_reconcile(BusService& service, const SharedMessage& message,
                       const std::string& device);

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
