// SPDX-License-Identifier: LGPL-2.1-or-later
// One device as it is published: whether it is on the bus, and what is said of it there.
#pragma once

#include "model/publisher.hpp"

namespace wgnl::daemon {

class Publication {
public:
    /// `publisher` outlives it. `shows_foreign`: also a device that nobody has declared.
    Publication(Publisher& publisher, bool shows_foreign)
        : publisher_(publisher), shows_foreign_(shows_foreign) {}

    /// Says what an input changed, on the bus and in the journal.
    void publish(const DeviceModel& model, const DeviceUpdate& update);
    void applied(const DeviceModel& model, bool ok);
    /// On the bus.
    bool visible() const { return visible_; }

private:
    Publisher& publisher_;
    bool shows_foreign_;
    bool visible_{false};
};

} // namespace wgnl::daemon
