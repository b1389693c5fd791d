// SPDX-License-Identifier: LGPL-2.1-or-later
// One device's life: readings and declarations in, changes to publish out.
#include "device_model.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include "read_schedule.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t all_peers = SIZE_MAX;

} // namespace

DeviceModel::Entry& DeviceModel::entry(const PublicKey& key) {
    return peers_.try_emplace(key, Entry{PeerModel(key)}).first->second;
}

template <typename Change> void DeviceModel::change_all(DeviceUpdate& update, Change change) {
    next_look_.reset();
    for (auto& [key, entry] : peers_) {
        collect(update, change(key, entry.model));
        next_look_ = earlier(next_look_, entry.model.next_look());
    }
}

DeviceUpdate DeviceModel::take(DeviceReading reading, bool ours) {
    begin_take(std::move(reading), ours);
    return *advance(all_peers);
}

DeviceUpdate DeviceModel::declare(DeclaredDevice declared) {
    begin_declare(std::move(declared));
    return *advance(all_peers);
}

std::optional<DeviceUpdate> DeviceModel::advance(std::size_t peers) {
    if (taking_)
        return advance(*taking_, peers);
    return declaring_ ? advance(*declaring_, peers) : DeviceUpdate{};
}

void DeviceModel::begin_take(DeviceReading reading, bool ours) {
    ++generation_;
    const Circumstance now{.at = reading.at,
                           .link_up = reading.link.up,
                           .sessions_void =
                               last_reading_ && last_reading_->public_key != reading.public_key,
                           .after_our_change = ours};
    link_ = reading.link;
    peers_.reserve(reading.peers.size());
    taking_ = Taking{.reading = std::move(reading), .now = now, .number = ++inputs_};
}

std::optional<DeviceUpdate> DeviceModel::advance(Taking& taking, std::size_t peers) {
    const auto& all = taking.reading.peers;
    const auto end = all.size() - taking.done > peers ? taking.done + peers : all.size();
    for (; taking.done < end; ++taking.done) {
        const auto& peer = all[taking.done];
        auto& its = entry(peer.public_key);
        its.seen = taking.number;
        taking.rx_bytes += peer.rx_bytes;
        taking.tx_bytes += peer.tx_bytes;
        collect(taking.update, its.model.take(&peer, taking.now));
        taking.next_look = earlier(taking.next_look, its.model.next_look());
    }
    return taking.done < all.size() ? std::nullopt : std::optional(end_take());
}

DeviceUpdate DeviceModel::end_take() {
    auto taking = *std::exchange(taking_, std::nullopt);
    take_missing(taking.number, taking.now, taking.update);
    taking.reading.peers.clear();
    sampled_at_ = taking.reading.at;
    rx_bytes_ = taking.rx_bytes;
    tx_bytes_ = taking.tx_bytes;
    next_look_ = taking.next_look;
    last_reading_ = std::move(taking.reading);
    return finish(std::move(taking.update));
}

void DeviceModel::take_missing(std::uint64_t number, const Circumstance& now,
                               DeviceUpdate& update) {
    for (auto& [key, entry] : peers_)
        if (entry.seen != number)
            collect(update, entry.model.take(nullptr, now));
}

DeviceUpdate DeviceModel::lose(Moment at) {
    DeviceUpdate update;
    ++generation_;
    link_.reset();
    last_reading_.reset();
    next_look_.reset();
    rx_bytes_ = tx_bytes_ = 0;
    take_missing(++inputs_, {.at = at, .link_up = false}, update);
    return finish(std::move(update));
}

void DeviceModel::begin_declare(DeclaredDevice declared) {
    ++generation_;
    if (!declared_)
        sync_status_ = SyncStatus{};
    Declaring declaring{.peers = std::move(declared.peers), .number = ++inputs_};
    declared.peers.clear(); // each peer keeps its own
    declared_ = std::move(declared);
    declaring_ = std::move(declaring);
    peers_.reserve(declaring_->peers.size());
    declaring_->next = declaring_->peers.begin();
}

std::optional<DeviceUpdate> DeviceModel::advance(Declaring& declaring, std::size_t peers) {
    for (; peers > 0 && declaring.next != declaring.peers.end(); --peers, ++declaring.next) {
        auto& its = entry(declaring.next->first);
        its.declared = declaring.number;
        if (const auto& name = declaring.next->second.name; !name.empty())
            declaring.names.emplace(std::hash<std::string_view>()(name), declaring.next->first);
        collect(declaring.update, its.model.declare(std::move(declaring.next->second)));
        next_look_ = earlier(next_look_, its.model.next_look());
    }
    return declaring.next == declaring.peers.end() ? std::optional(end_declare()) : std::nullopt;
}

DeviceUpdate DeviceModel::end_declare() {
    auto declaring = *std::exchange(declaring_, std::nullopt);
    names_ = std::move(declaring.names);
    for (auto& [key, entry] : peers_)
        if (entry.declared != declaring.number && entry.model.is_declared())
            collect(declaring.update, entry.model.declare(std::nullopt));
    return finish(std::move(declaring.update));
}

DeviceUpdate DeviceModel::undeclare() {
    DeviceUpdate update;
    ++generation_;
    declared_.reset();
    names_.clear();
    sync_status_ = SyncStatus{.in_sync = true};
    change_all(update,
               [](const PublicKey&, PeerModel& peer) { return peer.declare(std::nullopt); });
    return finish(std::move(update));
}

DeviceUpdate DeviceModel::set_sync_status(SyncStatus sync_status) {
    ++generation_;
    sync_status_ = std::move(sync_status);
    return finish({});
}

DeviceUpdate DeviceModel::set_notices(std::vector<Problem> notices, bool works) {
    if (notices == notices_ && works == works_)
        return {};
    ++generation_;
    works_ = works;
    notices_ = std::move(notices);
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
    DeviceUpdate update;
    ++generation_;
    change_all(update, [&](const PublicKey& key, PeerModel& peer) {
        const auto found = notices.find(key);
        return peer.set_notices(found == notices.end() ? std::vector<Problem>() : found->second);
    });
    return finish(std::move(update));
}

DeviceUpdate DeviceModel::judge_at(Boottime now) {
    DeviceUpdate update;
    change_all(update, [now](const PublicKey&, PeerModel& peer) { return peer.judge_at(now); });
    update = finish(std::move(update));
    if (!update.properties.empty() || !update.peers.empty())
        ++generation_;
    return update;
}

DeviceUpdate DeviceModel::renew(Boottime now) {
    DeviceUpdate update;
    ++generation_;
    change_all(update, [now](const PublicKey&, PeerModel& peer) { return peer.renew(now); });
    return finish(std::move(update));
}

std::uint32_t DeviceModel::peer_count() const { return static_cast<std::uint32_t>(peers_.size()); }

const PeerModel* DeviceModel::find(const PublicKey& key) const {
    const auto found = peers_.find(key);
    return found == peers_.end() ? nullptr : &found->second.model;
}

std::vector<const PeerModel*> DeviceModel::find_named(std::string_view name_or_key) const {
    if (const auto key = PublicKey::parse(name_or_key))
        if (const auto* peer = find(*key))
            return {peer};
    std::vector<const PeerModel*> found;
    const auto [first, last] = names_.equal_range(std::hash<std::string_view>()(name_or_key));
    for (auto named = first; named != last; ++named)
        if (const auto* peer = find(named->second); peer && peer->name() == name_or_key)
            found.push_back(peer);
    return found;
}

std::vector<const PeerModel*> DeviceModel::peers() const {
    std::vector<const PeerModel*> all;
    all.reserve(peers_.size());
    for (const auto& [key, entry] : peers_)
        all.push_back(&entry.model);
    std::ranges::sort(all, [](const PeerModel* a, const PeerModel* b) {
        return std::tie(a->name(), a->key()) < std::tie(b->name(), b->key());
    });
    return all;
}

std::vector<PublicKey> DeviceModel::keys() const {
    std::vector<PublicKey> all;
    all.reserve(peers_.size());
    for (const auto& [key, entry] : peers_)
        all.push_back(key);
    return all;
}

std::unordered_map<PublicKey, Remembered> DeviceModel::begin_restore() {
    std::unordered_map<PublicKey, Remembered> lost;
    for (auto& [key, entry] : peers_)
        if (entry.model.is_declared())
            if (const auto memory = entry.model.begin_restore())
                lost.emplace(key, *memory);
    return lost;
}

void DeviceModel::end_restore(bool restored) {
    for (auto& [key, entry] : peers_)
        entry.model.end_restore(restored);
}

} // namespace wgnl::daemon
