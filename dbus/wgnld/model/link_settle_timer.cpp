// SPDX-License-Identifier: LGPL-2.1-or-later
// Two equal readings, far enough apart.
#include "link_settle_timer.hpp"

namespace wgnl::daemon {

void LinkSettleTimer::take(const DeviceReading& reading) {
    if (settled_)
        return;
    if (!reference_ || !same_configuration(*reference_, reading)) {
        reference_ = reading;
        return;
    }
    if (reading.at.boot < reference_->at.boot + apart)
        return;
    settled_ = true;
    reference_.reset();
}

} // namespace wgnl::daemon
