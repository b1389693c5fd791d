// SPDX-License-Identifier: LGPL-2.1-or-later
// A HandshakeBell on the event loop.
#include "doorbell.hpp"

namespace wgnl::daemon {

PacketDoorbell::PacketDoorbell(sd_event* event, std::function<void()> rang) {
    auto bell = HandshakeBell::open();
    if (!bell) {
        trouble_ = bell.error();
        return;
    }
    auto watch = sd::Watch::open(event, bell->fd(), std::move(rang));
    if (!watch) {
        trouble_ = watch.error();
        return;
    }
    bell_ = std::move(*bell);
    watch_ = std::move(*watch);
}

void PacketDoorbell::listen(bool on) {
    if (watch_)
        watch_->enable(on);
}

HandshakeBell::Rings PacketDoorbell::drain() {
    if (!bell_)
        return {};
    // A socket in trouble tells of nothing: better to look once too often.
    return bell_->drain().value_or(HandshakeBell::Rings{.lost = 1});
}

} // namespace wgnl::daemon
