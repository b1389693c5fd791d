// SPDX-License-Identifier: LGPL-2.1-or-later
// Every input is finished by looking at what the device is like by then.
#include "device_model.hpp"

#include <cstdint>
#include <utility>

namespace wgnl::daemon {

namespace {

constexpr std::size_t all_peers = SIZE_MAX;

} // namespace

DeviceUpdate DeviceModel::take(DeviceReading reading, bool ours) {
    begin_take(std::move(reading), ours);
    return *advance(all_peers);
}

DeviceUpdate DeviceModel::declare(DeclaredDevice declared) {
    begin_declare(std::move(declared));
    return *advance(all_peers);
}

std::optional<DeviceUpdate> DeviceModel::advance(std::size_t peers) {
    if (!peers_.in_pieces())
        return DeviceUpdate{};
    auto update = peers_.advance(peers);
    if (!update)
        return std::nullopt;
    if (readings_.taking) {
        readings_.at = readings_.taking->at;
        readings_.last = std::exchange(readings_.taking, std::nullopt);
    }
    return finish(std::move(*update));
}

void DeviceModel::begin_take(DeviceReading reading, bool ours) {
    ++generation_;
    const Circumstance now{.at = reading.at,
                           .link_up = reading.link.up,
                           .sessions_void =
                               readings_.last && readings_.last->public_key != reading.public_key,
                           .after_our_change = ours};
    link_ = reading.link;
    peers_.begin_take(std::exchange(reading.peers, {}), now);
    readings_.taking = std::move(reading);
}

DeviceUpdate DeviceModel::lose(Moment at) {
    ++generation_;
    link_.reset();
    readings_.last.reset();
    return finish(peers_.lose({.at = at, .link_up = false}));
}

void DeviceModel::begin_declare(DeclaredDevice declared) {
    ++generation_;
    if (!declared_)
        sync_status_ = SyncStatus{};
    peers_.begin_declare(std::exchange(declared.peers, {}));
    declared_ = std::move(declared);
}

DeviceUpdate DeviceModel::undeclare() {
    ++generation_;
    declared_.reset();
    sync_status_ = SyncStatus{.in_sync = true};
    return finish(peers_.undeclare());
}

DeviceUpdate DeviceModel::set_sync_status(SyncStatus sync_status) {
    ++generation_;
    const bool again = declared_ && std::exchange(declared_->compared, true);
    if (again && sync_status.changes.empty())
        sync_status.changes = std::move(sync_status_.changes);
    sync_status_ = std::move(sync_status);
    return finish({});
}

DeviceUpdate DeviceModel::set_notices(std::vector<Problem> notices, bool works) {
    Notices given{std::move(notices), works};
    if (given == notices_)
        return {};
    ++generation_;
    notices_ = std::move(given);
    return finish({});
}

DeviceUpdate DeviceModel::set_event_source(EventSource source) {
    if (source == event_source_)
        return {};
    ++generation_;
    event_source_ = source;
    return finish({});
}

DeviceUpdate
DeviceModel::set_peer_notices(const std::unordered_map<PublicKey, std::vector<Problem>>& notices) {
    ++generation_;
    return finish(peers_.set_notices(notices));
}

DeviceUpdate DeviceModel::judge_at(Boottime now) {
    auto update = finish(peers_.judge_at(now));
    if (!update.properties.empty() || !update.peers.empty())
        ++generation_;
    return update;
}

DeviceUpdate DeviceModel::renew(Boottime now) {
    ++generation_;
    return finish(peers_.renew(now));
}

} // namespace wgnl::daemon
