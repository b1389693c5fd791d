// SPDX-License-Identifier: LGPL-2.1-or-later
// Readings asked for, begun, and waited for.
#include "device_reads.hpp"

namespace wgnl::daemon {

std::optional<Boottime> DeviceReads::due(const DeviceModel& model,
                                         std::optional<Boottime> announced, Boottime now) const {
    if (under_way_)
        return std::nullopt;
    if (at_once_)
        return now;
    if (!model.link())
        return std::nullopt;
    auto wanted = earlier(model.peers().next_look(), peer_probe_.due());
    wanted = earlier(wanted, announced);
    return schedule_.due(now, wanted);
}

bool DeviceReads::begin(Boottime at) {
    schedule_.begun(at);
    under_way_ = true;
    at_once_ = false;
    return std::exchange(routes_, false);
}

void DeviceReads::looked(Boottime at, const DeviceModel& model, bool suspected) {
    peer_probe_.looked(at, model.peers().has_suspects(), suspected);
}

void DeviceReads::end() {
    under_way_ = false;
    answer();
}

bool DeviceReads::await(bool behind, Boottime now, std::function<void()> done) {
    schedule_.ask();
    if (behind || schedule_.cost() > quick)
        return false;
    if (!under_way_ && schedule_.allowed() > now)
        return false;
    waiting_.push_back(std::move(done));
    return true;
}

void DeviceReads::answer() {
    for (const auto& done : std::exchange(waiting_, {}))
        done();
}

} // namespace wgnl::daemon
