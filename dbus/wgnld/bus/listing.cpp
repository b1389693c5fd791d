// SPDX-License-Identifier: LGPL-2.1-or-later
// All devices, and the peers for which there is room.
#include "listing.hpp"

#include <algorithm>

#include "property_sizes.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

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
    constexpr Boottime holds = std::chrono::seconds(1);
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

} // namespace wgnl::daemon
