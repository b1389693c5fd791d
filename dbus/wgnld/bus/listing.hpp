// SPDX-License-Identifier: LGPL-2.1-or-later
// What GetManagedObjects lists.
#pragma once

#include <cstdint>
#include <vector>

#include "access.hpp"
#include "control/device_manager.hpp"

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

} // namespace wgnl::daemon
