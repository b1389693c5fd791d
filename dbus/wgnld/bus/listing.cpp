// SPDX-License-Identifier: LGPL-2.1-or-later
// All devices, and the peers for which there is room.
#include "listing.hpp"

#include <algorithm>

#include "model/property_table.hpp"
#include "model/sanitized_text.hpp"
#include "objects.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t names_and_numbers = 1536; ///< path, names of properties, what has one size
constexpr std::size_t longest_prefix = 56;      ///< length, text, padding

/// Any byte may become the three of U+FFFD.
std::size_t size_on_bus(std::string_view text) {
    return std::min(text.size() * 3, longest_text) + sizeof(std::uint64_t);
}

std::size_t size_on_bus(const Problem& problem) {
    return size_on_bus(to_string(problem.location)) + size_on_bus(problem.text) +
           2 * sizeof(std::uint64_t);
}

} // namespace

std::vector<ListedObject> Listing::objects() const {
    std::vector<ListedObject> all;
    auto room = most_listed_bytes;
    for (const auto* device : manager_.devices()) {
        all.push_back({device});
        if (!device->peers().listed() || !access_.may_read(*device))
            continue;
        const auto peers = device->peers().sorted();
        std::size_t needed = 0;
        for (const auto* peer : peers)
            needed += size_on_bus(*peer);
        if (needed > room)
            continue;
        room -= needed;
        for (const auto* peer : peers)
            all.push_back({device, peer});
    }
    return all;
}

std::uint64_t Listing::weight() {
    constexpr std::chrono::nanoseconds holds = std::chrono::seconds(1);
    const auto now = sd::boottime_now();
    if (weight_ == 0 || now >= weighed_ + holds) {
        weighed_ = now;
        weight_ = weigh();
    }
    return weight_;
}

std::uint64_t Listing::weigh() const {
    std::uint64_t of_devices = 0;
    std::uint64_t of_peers = 0;
    for (const auto* device : manager_.devices()) {
        of_devices += size_on_bus(*device);
        if (device->peers().listed())
            for (const auto* peer : device->peers().sorted())
                of_peers += size_on_bus(*peer);
    }
    return of_devices + std::min<std::uint64_t>(of_peers, most_listed_bytes);
}

std::size_t size_on_bus(const DeviceModel& device) {
    auto size = names_and_numbers + size_on_bus(device.properties().origin);
    for (const auto& problem : device.properties().sync_status.problems)
        size += size_on_bus(problem);
    for (const auto& drift : device.properties().sync_status.drift)
        size += size_on_bus(drift.what) + size_on_bus(drift.declared) + size_on_bus(drift.live);
    return size;
}

std::size_t size_on_bus(const PeerModel& peer) {
    auto size = names_and_numbers + size_on_bus(peer.name()) +
                (peer.declared() ? size_on_bus(peer.declared()->endpoint) : 0);
    if (peer.live())
        size += std::min(peer.live()->allowed_ips.size(), most_prefixes) * longest_prefix;
    for (const auto& problem : problems_of(peer))
        size += size_on_bus(problem);
    return size;
}

} // namespace wgnl::daemon
