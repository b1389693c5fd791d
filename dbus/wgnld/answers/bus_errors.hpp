// SPDX-License-Identifier: LGPL-2.1-or-later
// A message that is kept for its answer, and errors as the bus spells them.
#pragma once

#include <memory>
#include <string>

#include <systemd/sd-bus.h>

#include <wgnl/error.hpp>

namespace wgnl::daemon {

/// What one client, or one user, may ask for at a time.
inline constexpr const char* limits_exceeded = SD_BUS_ERROR_LIMITS_EXCEEDED;
inline constexpr const char* no_such_device = "org.wgnl.WireGuard1.Error.NoSuchDevice";
inline constexpr const char* no_such_peer = "org.wgnl.WireGuard1.Error.NoSuchPeer";
inline constexpr const char* ambiguous = "org.wgnl.WireGuard1.Error.Ambiguous";
inline constexpr const char* invalid_declaration = "org.wgnl.WireGuard1.Error.InvalidDeclaration";
inline constexpr const char* owned_by_another = "org.wgnl.WireGuard1.Error.OwnedByAnother";
inline constexpr const char* too_many_peers = "org.wgnl.WireGuard1.Error.TooManyPeers";
inline constexpr const char* not_ready = "org.wgnl.WireGuard1.Error.NotReady";
inline constexpr const char* kernel_error = "org.wgnl.WireGuard1.Error.Kernel";

/// The name that stands for an Errc.
const char* bus_error_of(Errc code);

/// Sets the error; returns what a callback of sd-bus has to return then. Of a long text, or one
/// with control characters, what can be shown is said.
int refuse(sd_bus_error* error, const char* name, const std::string& text);

/// Answers the message with this error, its text as refuse() has it.
void reply_error(sd_bus_message* message, const char* name, const std::string& text);
/// By the name that stands for its code.
void reply_error(sd_bus_message* message, const Error& error);

/// An error that a callee may set, freed with its owner.
class RaisedError {
public:
    RaisedError() = default;
    RaisedError(const RaisedError&) = delete;
    RaisedError& operator=(const RaisedError&) = delete;
    ~RaisedError() { sd_bus_error_free(&error_); }

    sd_bus_error* get() { return &error_; }
    bool is_set() const { return sd_bus_error_is_set(&error_) > 0; }

private:
    sd_bus_error error_{nullptr, nullptr, 0};
};

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
