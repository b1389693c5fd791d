// SPDX-License-Identifier: LGPL-2.1-or-later
// Unicast counters, as long as their client lives.
#include "subscriptions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sd/bus_names.hpp"

namespace wgnl::daemon {

Result<void> Subscriptions::add(sd_bus_message* message, uid_t user, const std::string& path,
                                std::chrono::nanoseconds interval, ReadCounters read_counters) {
    const Key key{sd_bus_message_get_sender(message), path};
    entries_.erase(key);
    if (auto room = check_room(user); !room)
        return room;
    auto entry = std::make_unique<Entry>();
    *entry = {.owner = this,
              .key = key,
              .user = user,
              .interval = interval,
              .read_counters = std::move(read_counters)};
    if (auto opened = open(*entry, message); !opened)
        return opened;
    entry->timer->arm(sd::boottime_now() + interval);
    entries_.emplace(key, std::move(entry));
    return {};
}

Result<void> Subscriptions::check_room(uid_t user) const {
    const auto its = std::ranges::count_if(
        entries_, [user](const auto& entry) { return entry.second->user == user; });
    if (entries_.size() < most && static_cast<std::size_t>(its) < most_per_user)
        return {};
    return fail(Errc::unsupported, "subscribe",
                fmt::format("{} subscriptions are allowed to a user, {} to all: end some first",
                            most_per_user, most));
}

Result<void> Subscriptions::open(Entry& entry, sd_bus_message* message) {
    auto timer = sd::Timer::open(event_, [this, raw = &entry] { ask(*raw); });
    if (!timer)
        return std::unexpected(timer.error());
    entry.timer = std::move(*timer);
    sd_bus_track* track = nullptr;
    int result = sd_bus_track_new(bus_, &track, client_gone, &entry);
    entry.track.reset(track);
    if (result >= 0)
        result = sd_bus_track_add_sender(track, message);
    if (result < 0)
        return std::unexpected(Error::from_errno(-result, "follow the subscriber"));
    return {};
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

void Subscriptions::ask(const Entry& entry) {
    entry.timer->arm(sd::boottime_now() + entry.interval);
    entry.read_counters([this, key = entry.key](const Counters& now) { send(key, now); });
}

/// To one who has not left meanwhile.
void Subscriptions::send(const Key& key, const Counters& now) {
    if (!entries_.contains(key))
        return;
    const auto& [client, path] = key;
    sd_bus_message* made = nullptr;
    if (sd_bus_message_new_signal(bus_, &made, path.c_str(), device_interface, "Counters") < 0)
        return;
    const sd::MessageHandle signal(made);
    if (sd_bus_message_append(made, "ttt", now.rx, now.tx, now.sampled_at) >= 0)
        sd_bus_send_to(bus_, made, client.c_str(), nullptr);
}

} // namespace wgnl::daemon
