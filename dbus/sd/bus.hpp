// SPDX-License-Identifier: LGPL-2.1-or-later
// Small conveniences over sd-bus: connecting, paths, asynchronous calls, matches.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <systemd/sd-bus.h>

#include "handle.hpp"

#include <wgnl/error.hpp>

namespace wgnl::sd {

/// Has the connection pass over signals that claim to be what they are not. The bus gives us a
/// broadcast only for a match rule of ours, whose sender it has checked; but anybody may address a
/// signal to us alone, and sd-bus does not compare its sender with the name in a rule. So a signal
/// with a destination is believed from the bus alone, and the bus's own are from the bus. To be
/// called before any match, and never for a connection that is to hear unicast signals.
Result<void> ignore_forged_signals(sd_bus* bus);

/// Connects to the system bus ($DBUS_SYSTEM_BUS_ADDRESS if set) and attaches it to the loop; no
/// forged signal is believed on it, see ignore_forged_signals(). When the connection is lost, that
/// is logged, and the loop ends with status 1.
Result<BusHandle> open_system_bus(sd_event* event);

/// One label appended to a path, escaped as sd_bus_path_encode(3) does.
std::string encode_path(const std::string& prefix, const std::string& label);

/// The labels that stand for each "%" of the pattern; empty if the path does not match.
std::vector<std::string> decode_path(const char* path, const char* pattern, std::size_t labels);

/// Something the bus calls back, until it is destroyed: a match, or the answer to a call.
class Callback {
public:
    using Function = std::function<void(sd_bus_message*)>;
    explicit Callback(Function function) : function_(std::move(function)) {}
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;

    static int dispatch(sd_bus_message* message, void* self, sd_bus_error* error) noexcept;
    void hold(sd_bus_slot* slot) { slot_.reset(slot); }

private:
    Function function_;
    SlotHandle slot_;
};

/// Asynchronously adds a match rule; signals go to `function` while the result lives.
Result<std::unique_ptr<Callback>> match(sd_bus* bus, const std::string& rule,
                                        Callback::Function function);

/// Sends a method call; the answer or the error message goes to `function`, unless the result is
/// destroyed first. Never blocks. Without an answer by the deadline (zero: sd-bus's own, 25 s) the
/// error message is a NoReply.
Result<std::unique_ptr<Callback>> call(sd_bus* bus, sd_bus_message* message,
                                       Callback::Function function,
                                       std::chrono::microseconds deadline = {});

/// Calls under way that nobody else keeps track of; destroying this drops their answers.
class PendingCalls {
public:
    /// As call(), but the answer is waited for as long as this lives. Negative errno on failure,
    /// and then `function` is not called.
    int send(sd_bus* bus, sd_bus_message* message, const Callback::Function& function,
             std::chrono::microseconds deadline = {});

private:
    std::list<std::unique_ptr<Callback>> calls_{};
};

/// A method call to be filled in that starts no service.
Result<MessageHandle> method_call(sd_bus* bus, const char* destination, const char* path,
                                  const char* interface, const char* member);

} // namespace wgnl::sd
