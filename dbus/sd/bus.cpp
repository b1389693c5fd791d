// SPDX-License-Identifier: LGPL-2.1-or-later
// Connecting to the bus, escaping paths, and callbacks as C++ functions.
#include "bus.hpp"

#include <cstdlib>
#include <cstring>

#include "journal.hpp"

namespace wgnl::sd {

namespace {

std::unexpected<Error> failed(int result, const char* operation) {
    return std::unexpected(Error::from_errno(-result, operation));
}

std::string take(char* text) {
    const std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
    return owned ? std::string(owned.get()) : std::string();
}

bool is(const char* text, const char* wanted) { return text && std::strcmp(text, wanted) == 0; }

bool is_forged(sd_bus_message* message) {
    constexpr const char* bus_itself = "org.freedesktop.DBus";
    std::uint8_t type = 0;
    if (sd_bus_message_get_type(message, &type) < 0 || type != SD_BUS_MESSAGE_SIGNAL ||
        is(sd_bus_message_get_sender(message), bus_itself))
        return false;
    return sd_bus_message_get_destination(message) ||
           is(sd_bus_message_get_interface(message), bus_itself);
}

/// Whatever a filter takes is not dispatched any further, not to what sd-bus tracks for us either.
int take_forged(sd_bus_message* message, void*, sd_bus_error*) noexcept {
    return is_forged(message) ? 1 : 0;
}

int on_loss(sd_bus_message*, void*, sd_bus_error*) noexcept {
    log({.priority = Priority::error, .text = "the system bus closed the connection"});
    return 0;
}

/// A daemon without its bus serves nobody, and is not told of another one: its unit starts it anew.
int end_with_bus(sd_bus* bus) {
    constexpr const char* local = "org.freedesktop.DBus.Local";
    const int result =
        sd_bus_match_signal(bus, nullptr, local, nullptr, local, "Disconnected", on_loss, nullptr);
    return result < 0 ? result : sd_bus_set_exit_on_disconnect(bus, 1);
}

} // namespace

Result<void> ignore_forged_signals(sd_bus* bus) {
    if (const int result = sd_bus_add_filter(bus, nullptr, take_forged, nullptr); result < 0)
        return failed(result, "ignore forged signals");
    return {};
}

Result<BusHandle> open_system_bus(sd_event* event) {
    sd_bus* opened = nullptr;
    if (const int result = sd_bus_open_system(&opened); result < 0)
        return failed(result, "connect to the system bus");
    BusHandle bus(opened);
    if (const int result = sd_bus_attach_event(bus.get(), event, 0); result < 0)
        return failed(result, "attach the system bus");
    if (const int result = end_with_bus(bus.get()); result < 0)
        return failed(result, "watch the system bus");
    if (const auto ignored = ignore_forged_signals(bus.get()); !ignored)
        return std::unexpected(ignored.error());
    return bus;
}

std::string encode_path(const std::string& prefix, const std::string& label) {
    char* path = nullptr;
    if (sd_bus_path_encode(prefix.c_str(), label.c_str(), &path) < 0)
        return {};
    return take(path);
}

std::vector<std::string> decode_path(const char* path, const char* pattern, std::size_t labels) {
    char* first = nullptr;
    char* second = nullptr;
    const int matched = labels == 1 ? sd_bus_path_decode_many(path, pattern, &first)
                                    : sd_bus_path_decode_many(path, pattern, &first, &second);
    std::vector<std::string> found{take(first), take(second)};
    found.resize(matched > 0 ? labels : 0);
    return found;
}

int Callback::dispatch(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    const auto function = static_cast<Callback*>(self)->function_; // it may end its own Callback
    function(message);
    return 0;
}

Result<std::unique_ptr<Callback>> match(sd_bus* bus, const std::string& rule,
                                        Callback::Function function) {
    auto callback = std::make_unique<Callback>(std::move(function));
    sd_bus_slot* slot = nullptr;
    const int result = sd_bus_add_match_async(bus, &slot, rule.c_str(), Callback::dispatch, nullptr,
                                              callback.get());
    if (result < 0)
        return failed(result, "subscribe to signals");
    callback->hold(slot);
    return callback;
}

Result<std::unique_ptr<Callback>> call(sd_bus* bus, sd_bus_message* message,
                                       Callback::Function function,
                                       std::chrono::microseconds deadline) {
    auto callback = std::make_unique<Callback>(std::move(function));
    sd_bus_slot* slot = nullptr;
    const int result = sd_bus_call_async(bus, &slot, message, Callback::dispatch, callback.get(),
                                         static_cast<std::uint64_t>(deadline.count()));
    if (result < 0)
        return failed(result, "call a method");
    callback->hold(slot);
    return callback;
}

int PendingCalls::send(sd_bus* bus, sd_bus_message* message, const Callback::Function& function,
                       std::chrono::microseconds deadline) {
    const auto place = calls_.emplace(calls_.end());
    const auto take = [this, place, function](sd_bus_message* answer) {
        const auto keep = function;
        calls_.erase(place);
        keep(answer);
    };
    auto pending = call(bus, message, take, deadline);
    if (pending) {
        *place = std::move(*pending);
        return 0;
    }
    calls_.erase(place);
    return -pending.error().errnum();
}

Result<MessageHandle> method_call(sd_bus* bus, const char* destination, const char* path,
                                  const char* interface, const char* member) {
    sd_bus_message* made = nullptr;
    const int result =
        sd_bus_message_new_method_call(bus, &made, destination, path, interface, member);
    MessageHandle message(made);
    if (result < 0 || sd_bus_message_set_auto_start(made, 0) < 0)
        return failed(result < 0 ? result : -EINVAL, "build a method call");
    return message;
}

} // namespace wgnl::sd
