// SPDX-License-Identifier: LGPL-2.1-or-later
// Reconcile with its question to polkit, and deferred replies.
#include "requests.hpp"

#include <memory>

#include <fmt/format.h>

#include "bus_errors.hpp"

namespace wgnl::daemon {

namespace {

/// Shared by the copies of the callback that answers, whichever of them is called.
using SharedMessage = std::shared_ptr<sd_bus_message>;

SharedMessage share(sd_bus_message* message) {
    return {sd_bus_message_ref(message), sd_bus_message_unref};
}

int answer(BusService& service, sd_bus_message* message, const std::vector<std::string>& devices) {
    for (const auto& device : devices)
        service.keeper().reconcile(device);
    return sd_bus_reply_method_return(message, nullptr);
}

std::vector<std::string> asked_for(BusService& service, const std::string& device) {
    return device.empty() ? service.keeper().book().devices() : std::vector{device};
}

/// Whether the caller may without being asked for a password.
bool is_its_own(BusService& service, const Caller& caller, const std::string& device) {
    const auto source = service.authority().source_of(caller);
    const auto* claim = service.keeper().book().find(device);
    return caller.uid == 0 || (source && claim && claim->source == *source);
}

} // namespace

Keeper::Done reply_later(sd_bus_message* message) {
    return [message = share(message)](const Result<void>& result) {
        if (result) {
            sd_bus_reply_method_return(message.get(), nullptr);
            return;
        }
        const auto& error = result.error();
        sd_bus_reply_method_errorf(message.get(), bus_error_of(error.code()), "%s",
                                   error.to_string().c_str());
    };
}

std::string conflict_text(const DeclarationBook& book, const std::string& device) {
    const auto* claim = book.find(device);
    return claim ? fmt::format("{} is declared by {} ({}); it has one declaration only", device,
                               to_string(claim->source), claim->origin)
                 : fmt::format("{} is not declared", device);
}

int request_reconcile(BusService& service, sd_bus_message* message, const std::string& device,
                      sd_bus_error* error) {
    if (!device.empty() && !service.keeper().book().find(device))
        return refuse(error, no_such_device, fmt::format("{} is not declared", device));
    const auto caller = service.authority().identify(message);
    if (!caller)
        return refuse(error, SD_BUS_ERROR_ACCESS_DENIED, caller.error().to_string());
    const auto source = service.authority().source_of(*caller);
    if (device.empty() && source && caller->uid != 0)
        return answer(service, message, service.keeper().book().devices_of(*source));
    if (is_its_own(service, *caller, device))
        return answer(service, message, asked_for(service, device));
    service.authority().ask_polkit(
        Authority::reconcile_action, message, [&service, device, kept = share(message)](bool yes) {
            if (yes)
                answer(service, kept.get(), asked_for(service, device));
            else
                sd_bus_reply_method_errorf(kept.get(), SD_BUS_ERROR_ACCESS_DENIED,
                                           "reconciling needs root or polkit's %s",
                                           Authority::reconcile_action);
        });
    return 1;
}

} // namespace wgnl::daemon
