// SPDX-License-Identifier: LGPL-2.1-or-later
// Appears, changes, vanishes.
#include "publication.hpp"

#include "events.hpp"

namespace wgnl::daemon {

void Publication::publish(const DeviceModel& model, const DeviceUpdate& update) {
    const bool was = visible_;
    visible_ = model.exists() && (model.declared() || shows_foreign_);
    if (was && !visible_)
        return publisher_.vanished(model);
    if (!visible_)
        return;
    log_states(model, update);
    if (was)
        publisher_.changed(model, update);
    else
        publisher_.appeared(model);
}

void Publication::applied(const DeviceModel& model, bool ok) {
    if (visible_)
        publisher_.applied(model, ok);
}

} // namespace wgnl::daemon
