// SPDX-License-Identifier: LGPL-2.1-or-later
// GetConnectionStats, and what its answers mean.
#include "bus_gauge.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace wgnl::daemon {

namespace {

constexpr const char* bus_daemon = "org.freedesktop.DBus";
constexpr std::chrono::seconds deadline{5};

using Reported = Backlog::Reported;

struct Queue {
    std::optional<std::uint32_t> bytes{};
    std::optional<std::uint32_t> descriptors{};
};

int read_figure(sd_bus_message* reply, Queue& queue) {
    const char* name = nullptr;
    if (const int r = sd_bus_message_read(reply, "s", &name); r < 0)
        return r;
    const std::string_view known(name);
    if (known != "OutgoingBytes" && known != "OutgoingFDs")
        return sd_bus_message_skip(reply, "v");
    std::uint32_t value = 0;
    const int r = sd_bus_message_read(reply, "v", "u", &value);
    if (r > 0)
        (known == "OutgoingFDs" ? queue.descriptors : queue.bytes) = value;
    return r;
}

int read_queue(sd_bus_message* reply, Queue& queue) {
    int result = sd_bus_message_enter_container(reply, 'a', "{sv}");
    while (result >= 0 && (result = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
        result = read_figure(reply, queue);
        if (result >= 0)
            result = sd_bus_message_exit_container(reply);
    }
    return result;
}

Reported told_by(sd_bus_message* reply) {
    if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER) > 0)
        return {Reported::How::known, 0}; // nothing waits for one who is gone
    if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NO_REPLY) > 0 ||
        sd_bus_message_is_method_error(reply, SD_BUS_ERROR_TIMEOUT) > 0)
        return {Reported::How::lost};
    Queue queue;
    if (sd_bus_message_is_method_error(reply, nullptr) > 0 || read_queue(reply, queue) < 0 ||
        !queue.bytes)
        return {Reported::How::unknown};
    return {Reported::How::known,
            *queue.bytes + queue.descriptors.value_or(0) * Backlog::descriptor};
}

} // namespace

void BusGauge::ask(const std::string& connection, const std::function<void(Reported)>& then) {
    auto call = sd::method_call(bus_, bus_daemon, "/org/freedesktop/DBus",
                                "org.freedesktop.DBus.Debug.Stats", "GetConnectionStats");
    if (!call || sd_bus_message_append(call->get(), "s", connection.c_str()) < 0 ||
        questions_.send(
            bus_, call->get(), [then](auto* reply) { then(told_by(reply)); }, deadline) < 0)
        then({Reported::How::lost});
}

} // namespace wgnl::daemon
