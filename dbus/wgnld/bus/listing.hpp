// SPDX-License-Identifier: LGPL-2.1-or-later
// What GetManagedObjects lists, and how much room that takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "access.hpp"
#include "control/device_manager.hpp"
#include "model/device_model.hpp"

namespace wgnl::daemon {

/// An object that is listed: a device, or a peer.
struct ListedObject {
    const DeviceModel* device{};
    const PeerModel* peer{}; ///< null: the device
};

class Listing {
public:
    Listing(const DeviceManager& manager, const Access& access)
        : manager_(manager), access_(access) {}

    /// What the caller at hand finds in the tree: peers as long as they are few enough to be
    /// listed, and have room together in one message.
    std::vector<ListedObject> objects() const;
    /// What all of that weighs to one who may see all, about; looked at anew once a second.
    std::uint64_t weight();

private:
    std::uint64_t weigh() const;

    const DeviceManager& manager_;
    const Access& access_;
    std::uint64_t weight_{};
    Boottime weighed_{};
};

/// What the peers in one answer of GetManagedObjects take together, at most: dbus-daemon ends the
/// connection of one who sends a message of more than 32 MiB.
inline constexpr std::size_t most_listed_bytes = std::size_t{16} << 20;
/// About how many bytes the properties of a peer take in a message, with their names; no less than
/// that.
std::size_t size_on_bus(const PeerModel& peer);
/// The same of a device's own, without its peers.
std::size_t size_on_bus(const DeviceModel& device);

} // namespace wgnl::daemon
