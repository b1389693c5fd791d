// SPDX-License-Identifier: LGPL-2.1-or-later
// Two equal readings, far enough apart.
#include "settling.hpp"

namespace wgnl::daemon {

void Settling::take(const DeviceSample& sample) {
    if (settled_)
        return;
    if (!reference_ || !same_configuration(*reference_, sample)) {
        reference_ = sample;
        return;
    }
    if (sample.at.boot < reference_->at.boot + apart)
        return;
    settled_ = true;
    reference_.reset();
}

} // namespace wgnl::daemon
