// SPDX-License-Identifier: LGPL-2.1-or-later
// Unicast counters, as long as their client lives.
#include "subscriptions.hpp"

#include <cerrno>

#include "bus_names.hpp"

namespace wgnl::daemon {

int Subscriptions::add(sd_bus_message* message, const std::string& path,
                       std::chrono::nanoseconds interval, Figures figures) {
    const Key key{sd_bus_message_get_sender(message), path};
    entries_.erase(key);
    if (entries_.size() >= most)
        return -E2BIG;
    auto entry = std::make_unique<Entry>();
    *entry = {.owner = this, .key = key, .interval = interval, .figures = std::move(figures)};
    auto timer = sd::Timer::open(event_, [this, raw = entry.get()] { send(*raw); });
    if (!timer)
        return -timer.error().errnum();
    entry->timer = std::move(*timer);
    sd_bus_track* track = nullptr;
    int result = sd_bus_track_new(bus_, &track, client_gone, entry.get());
    entry->track.reset(track);
    if (result >= 0)
        result = sd_bus_track_add_sender(track, message);
    if (result < 0)
        return result;
    entry->timer->arm(sd::boottime_now() + interval);
    entries_.emplace(key, std::move(entry));
    return 0;
}

bool Subscriptions::remove(sd_bus_message* message, const std::string& path) {
    return entries_.erase({sd_bus_message_get_sender(message), path}) > 0;
}

void Subscriptions::drop(const std::string& path) {
    std::erase_if(entries_, [&](const auto& entry) { return entry.first.second == path; });
}

int Subscriptions::client_gone(sd_bus_track*, void* entry) noexcept {
    auto* gone = static_cast<Entry*>(entry);
    gone->owner->entries_.erase(Key(gone->key));
    return 0;
}

void Subscriptions::send(const Entry& entry) {
    entry.timer->arm(sd::boottime_now() + entry.interval);
    const auto now = entry.figures();
    const auto& [client, path] = entry.key;
    sd_bus_message* made = nullptr;
    if (sd_bus_message_new_signal(bus_, &made, path.c_str(), device_interface, "Counters") < 0)
        return;
    const sd::MessageHandle signal(made);
    if (sd_bus_message_append(made, "ttt", now.rx, now.tx, now.sampled_at) >= 0)
        sd_bus_send_to(bus_, made, client.c_str(), nullptr);
}

} // namespace wgnl::daemon
