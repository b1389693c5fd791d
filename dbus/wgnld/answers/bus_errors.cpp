// SPDX-License-Identifier: LGPL-2.1-or-later
// One table from the library's errors to the bus's.
#include "bus_errors.hpp"

#include "model/sanitized_text.hpp"

namespace wgnl::daemon {

const char* bus_error_of(Errc code) {
    switch (code) {
    case Errc::invalid_argument:
        return SD_BUS_ERROR_INVALID_ARGS;
    case Errc::not_found:
        return no_such_device;
    case Errc::permission_denied:
        return SD_BUS_ERROR_ACCESS_DENIED;
    case Errc::interrupted:
        return not_ready;
    case Errc::unsupported:
    case Errc::protocol:
    case Errc::system:
        return kernel_error;
    }
    return kernel_error;
}

int refuse(sd_bus_error* error, const char* name, const std::string& text) {
    return sd_bus_error_set(error, name, sanitized(text).c_str());
}

void reply_error(sd_bus_message* message, const char* name, const std::string& text) {
    sd_bus_reply_method_errorf(message, name, "%s", sanitized(text).c_str());
}

void reply_error(sd_bus_message* message, const Error& error) {
    reply_error(message, bus_error_of(error.code()), error.to_string());
}

} // namespace wgnl::daemon
