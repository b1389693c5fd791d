// SPDX-License-Identifier: LGPL-2.1-or-later
// Clients that want a device's byte counters at their own interval.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "sd/handle.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

/// rx, tx, and the moment they were read (µs since the epoch).
struct Counters {
    std::uint64_t rx{};
    std::uint64_t tx{};
    std::uint64_t sampled_at{};
};

class Subscriptions {
public:
    static constexpr std::size_t most = 4096;
    static constexpr std::size_t most_per_user = 256;
    static constexpr std::chrono::nanoseconds shortest = std::chrono::seconds(1);
    static constexpr std::chrono::nanoseconds longest = std::chrono::hours(24);
    /// Brings the counters up to date, then hands them on.
    using ReadCounters = std::function<void(std::function<void(const Counters&)>)>;

    Subscriptions(sd_bus* bus, sd_event* event) : bus_(bus), event_(event) {}
    Subscriptions(const Subscriptions&) = delete;
    Subscriptions& operator=(const Subscriptions&) = delete;

    /// The sender of `message` gets a unicast signal Counters from `path` every `interval` until it
    /// unsubscribes or leaves the bus. Subscribing again replaces. Fails if there are too many, of
    /// this user or of all.
    Result<void> add(sd_bus_message* message, uid_t user, const std::string& path,
                     std::chrono::nanoseconds interval, ReadCounters read_counters);
    /// False if the sender had not subscribed.
    bool remove(sd_bus_message* message, const std::string& path);
    /// The object is gone.
    void drop(const std::string& path);

private:
    using Key = std::pair<std::string, std::string>; ///< client, path
    struct Entry {
        Subscriptions* owner{};
        Key key{};
        uid_t user{};
        std::chrono::nanoseconds interval{};
        ReadCounters read_counters{};
        std::unique_ptr<sd::Timer> timer{};
        sd::TrackHandle track{};
    };
    static int client_gone(sd_bus_track* track, void* entry) noexcept;
    Result<void> check_room(uid_t user) const;
    Result<void> open(Entry& entry, sd_bus_message* message);
    void ask(const Entry& entry);
    void send(const Key& key, const Counters& now);

    sd_bus* bus_;
    sd_event* event_;
    std::map<Key, std::unique_ptr<Entry>> entries_{};
};

} // namespace wgnl::daemon
