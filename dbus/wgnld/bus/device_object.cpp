// SPDX-License-Identifier: LGPL-2.1-or-later
// org.wgnl.WireGuard1.Device: what can be asked of one device.
#include <fmt/format.h>

#include "answers/bus_errors.hpp"
#include "model/sanitized_text.hpp"
#include "objects.hpp"
#include "requests.hpp"
#include "sd/bus_names.hpp"
#include "service.hpp"

namespace wgnl::daemon {

namespace {

/// A method that shows what not everybody may see of every device.
int answer_insiders(sd_bus_message* message, void* target, Answer answer,
                    EstimateSize estimate_size = nullptr) {
    const auto& asked = *static_cast<Target*>(target);
    return answer_about(*asked.service, message, *asked.device, Audience::insiders,
                        std::move(answer), std::move(estimate_size));
}

int write_peer(sd_bus_message* message, const DeviceModel& device, const std::string& wanted,
               sd_bus_error* error) {
    const auto found = device.peers().find_named(wanted);
    if (found.empty())
        return refuse(error, no_such_peer, fmt::format("{} has no peer {}", device.name(), wanted));
    if (found.size() > 1)
        return refuse(error, ambiguous,
                      fmt::format("{} peers of {} are named {}; ask by public key", found.size(),
                                  device.name(), wanted));
    return sd_bus_reply_method_return(message, "o",
                                      path_of(device.name(), found[0]->key()).c_str());
}

int get_peer(sd_bus_message* message, void* target, sd_bus_error*) noexcept {
    const char* wanted = nullptr;
    if (const int r = sd_bus_message_read(message, "s", &wanted); r < 0)
        return r;
    return answer_insiders(
        message, target,
        [wanted = std::string(wanted)](auto* asked, const auto& device, auto* error) {
            return write_peer(asked, device, wanted, error);
        });
}

int append_peers(sd_bus_message* reply, const DeviceModel& device) {
    if (const int r = sd_bus_message_open_container(reply, 'a', "(soss)"); r < 0)
        return r;
    for (const auto* peer : device.peers().sorted()) {
        const auto label = sanitized(peer->name());
        const auto path = path_of(device.name(), peer->key());
        const auto key = peer->key().to_base64();
        const std::string word(to_string(peer->state()));
        if (const int r = sd_bus_message_append(reply, "(soss)", label.c_str(), path.c_str(),
                                                key.c_str(), word.c_str());
            r < 0)
            return r;
    }
    return sd_bus_message_close_container(reply);
}

int write_peers(sd_bus_message* message, const DeviceModel& device, sd_bus_error* error) {
    if (!device.peers().listed())
        return refuse(
            error, too_many_peers,
            fmt::format("{} has {} peers; take a Snapshot", device.name(), device.peers().size()));
    return reply_with(message, [&](sd_bus_message* reply) { return append_peers(reply, device); });
}

int list_peers(sd_bus_message* message, void* target, sd_bus_error*) noexcept {
    constexpr std::uint64_t of_peer = 512; // path, key, state, and a name that is not very long
    return answer_insiders(message, target, write_peers, [](const DeviceModel& device) {
        return device.peers().listed() ? device.peers().size() * of_peer : 0;
    });
}

void take_snapshot(BusService& service, const SharedMessage& message, const Result<Caller>& caller,
                   const std::string& device) {
    if (!caller)
        return reply_error(message.get(), caller.error());
    const auto* found = service.manager().find(device);
    if (!found)
        return reply_error(message.get(), no_such_device, fmt::format("{} is gone", device));
    const auto asking = service.access().asked_by(message.get());
    if (!service.access().may_read(*found)) // any more
        return reply_error(message.get(), SD_BUS_ERROR_ACCESS_DENIED,
                           "a snapshot of this device " + std::string(not_for_everybody));
    service.answers().snapshots->get(message, caller->uid, *found);
}

int snapshot(sd_bus_message* message, void* target, sd_bus_error*) noexcept {
    auto& service = *static_cast<Target*>(target)->service;
    return answer_insiders(message, target, [&service](auto* asked, const auto& device, auto*) {
        const auto take = [&service, kept = share(asked), name = device.name()](
                              const auto& caller) { take_snapshot(service, kept, caller, name); };
        service.access().authority().identify(asked, take);
        return 1;
    });
}

Counters counters_of(const DeviceModel& device) {
    return {device.peers().bytes().rx, device.peers().bytes().tx,
            microseconds(device.sampled_at().real)};
}

int write_counters(sd_bus_message* message, const DeviceModel& device, sd_bus_error*) {
    const auto now = counters_of(device);
    return sd_bus_reply_method_return(message, "ttt", now.rx, now.tx, now.sampled_at);
}

int get_counters(sd_bus_message* message, void* target, sd_bus_error*) noexcept {
    return answer_insiders(message, target, write_counters);
}

int reconcile(sd_bus_message* message, void* target, sd_bus_error*) noexcept {
    const auto& asked = *static_cast<Target*>(target);
    request_reconcile(*asked.service, share(message), asked.device->name());
    return 1;
}

void start_counters(BusService& service, sd_bus_message* message, const Result<Caller>& caller,
                    const std::string& device, std::chrono::nanoseconds interval) {
    if (!caller)
        return reply_error(message, caller.error());
    const auto* there = service.manager().find(device);
    // Whoever is neither has been granted it by polkit.
    const bool granted = there && !service.access().may_follow(*caller, *there);
    const auto read_counters = [&service, device, granted, caller = *caller](
                                   const std::function<void(const Counters&)>& take) {
        service.when_fresh(device, [&service, device, granted, caller, take] {
            const auto* now = service.manager().find(device);
            if (now && (granted || service.access().may_follow(caller, *now)))
                take(counters_of(*now));
        });
    };
    const auto added = service.answers().subscriptions.add(message, caller->uid, path_of(device),
                                                           interval, read_counters);
    if (!added)
        return reply_error(message, limits_exceeded, added.error().to_string());
    sd_bus_reply_method_return(message, nullptr);
}

int subscribe(sd_bus_message* message, void* target, sd_bus_error* error) noexcept {
    std::uint64_t usec = 0;
    if (const int r = sd_bus_message_read(message, "t", &usec); r < 0)
        return r;
    if (usec < microseconds(Subscriptions::shortest) || usec > microseconds(Subscriptions::longest))
        return refuse(error, SD_BUS_ERROR_INVALID_ARGS,
                      "the interval must be between one second and one day, in microseconds");
    auto& service = *static_cast<Target*>(target)->service;
    const auto interval = std::chrono::microseconds(usec);
    const auto go_on = [&service, interval](auto* asked, const auto& device, auto*) {
        const auto start = [&service, kept = share(asked), name = device.name(),
                            interval](const auto& caller) {
            start_counters(service, kept.get(), caller, name, interval);
        };
        service.access().authority().identify(asked, start);
        return 1;
    };
    return answer_insiders(message, target, go_on);
}

int unsubscribe(sd_bus_message* message, void* target, sd_bus_error* error) noexcept {
    const auto& asked = *static_cast<Target*>(target);
    if (!asked.service->answers().subscriptions.remove(message, path_of(asked.device->name())))
        return refuse(error, SD_BUS_ERROR_INVALID_ARGS, "you have not subscribed");
    return sd_bus_reply_method_return(message, nullptr);
}

} // namespace

std::vector<sd_bus_vtable> device_members() {
    return {
        SD_BUS_METHOD_WITH_ARGS("GetPeer", SD_BUS_ARGS("s", public_key_or_name),
                                SD_BUS_RESULT("o", peer), get_peer, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListPeers", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(soss)", peers),
                                list_peers, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Snapshot", SD_BUS_NO_ARGS, SD_BUS_RESULT("h", document), snapshot,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetCounters", SD_BUS_NO_ARGS,
                                SD_BUS_RESULT("t", rx_bytes, "t", tx_bytes, "t", sampled_at),
                                get_counters, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Reconcile", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, reconcile,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Subscribe", SD_BUS_ARGS("t", interval_usec), SD_BUS_NO_RESULT,
                                subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Unsubscribe", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, unsubscribe,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Applied", SD_BUS_ARGS("b", ok), 0),
        SD_BUS_SIGNAL_WITH_ARGS("Counters",
                                SD_BUS_ARGS("t", rx_bytes, "t", tx_bytes, "t", sampled_at), 0),
        SD_BUS_VTABLE_END,
    };
}

} // namespace wgnl::daemon
