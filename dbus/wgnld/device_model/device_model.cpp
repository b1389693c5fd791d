// SPDX-License-Identifier: LGPL-2.1-or-later
// One device's life: readings and declarations in, changes to publish out.
#include "device_model.hpp"

#include <algorithm>
#include <tuple>

namespace wgnl::daemon {

DeviceUpdate DeviceModel::take(const DeviceSample& sample, bool ours) {
    DeviceUpdate update;
    ++generation_;
    const bool rekeyed = figures_ && figures_->public_key != sample.public_key;
    const Circumstance now{.at = sample.at,
                           .link_up = sample.link.up,
                           .sessions_void = rekeyed,
                           .after_our_change = ours};
    link_ = sample.link;
    sampled_at_ = sample.at;
    rx_bytes_ = tx_bytes_ = 0;
    take_peers(sample.peers, now, update);
    take_missing(now, update);
    figures_ = DeviceSample{.link = sample.link,
                            .readable = sample.readable,
                            .public_key = sample.public_key,
                            .listen_port = sample.listen_port,
                            .fwmark = sample.fwmark};
    return finish(std::move(update));
}

void DeviceModel::take_peers(const std::vector<PeerSample>& peers, const Circumstance& now,
                             DeviceUpdate& update) {
    for (const auto& peer : peers) {
        auto& entry =
            peers_.try_emplace(peer.public_key, Entry{PeerModel(peer.public_key)}).first->second;
        entry.seen = generation_;
        rx_bytes_ += peer.rx_bytes;
        tx_bytes_ += peer.tx_bytes;
        collect(update, entry.model.take(&peer, now));
    }
}

void DeviceModel::take_missing(const Circumstance& now, DeviceUpdate& update) {
    for (auto& [key, entry] : peers_)
        if (entry.seen != generation_)
            collect(update, entry.model.take(nullptr, now));
}

DeviceUpdate DeviceModel::lose(Moment at) {
    DeviceUpdate update;
    ++generation_;
    link_.reset();
    figures_.reset();
    rx_bytes_ = tx_bytes_ = 0;
    take_missing({.at = at, .link_up = false}, update);
    return finish(std::move(update));
}

DeviceUpdate DeviceModel::declare(DeclaredDevice declared) {
    DeviceUpdate update;
    ++generation_;
    if (!declared_)
        verdict_ = Verdict{};
    for (const auto& [key, face] : declared.peers)
        peers_.try_emplace(key, Entry{PeerModel(key)});
    for (auto& [key, entry] : peers_) {
        const auto found = declared.peers.find(key);
        const bool names = found != declared.peers.end();
        collect(update, entry.model.declare(names ? std::optional(std::move(found->second))
                                                  : std::nullopt));
    }
    declared.peers.clear(); // each peer keeps its own
    declared_ = std::move(declared);
    return finish(std::move(update));
}

DeviceUpdate DeviceModel::undeclare() {
    DeviceUpdate update;
    ++generation_;
    declared_.reset();
    verdict_ = Verdict{.in_sync = true};
    for (auto& [key, entry] : peers_)
        collect(update, entry.model.declare(std::nullopt));
    return finish(std::move(update));
}

DeviceUpdate DeviceModel::set_verdict(Verdict verdict) {
    ++generation_;
    verdict_ = std::move(verdict);
    return finish({});
}

DeviceUpdate DeviceModel::set_notices(std::vector<Problem> notices) {
    if (notices == notices_)
        return {};
    ++generation_;
    notices_ = std::move(notices);
    return finish({});
}

DeviceUpdate
DeviceModel::set_peer_notices(const std::unordered_map<PublicKey, std::vector<Problem>>& notices) {
    DeviceUpdate update;
    ++generation_;
    for (auto& [key, entry] : peers_) {
        const auto found = notices.find(key);
        collect(update, entry.model.set_notices(found == notices.end() ? std::vector<Problem>()
                                                                       : found->second));
    }
    return finish(std::move(update));
}

DeviceUpdate DeviceModel::judge_at(Boottime now) {
    DeviceUpdate update;
    for (auto& [key, entry] : peers_)
        collect(update, entry.model.judge_at(now));
    if (update.peers.empty())
        return update;
    ++generation_;
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
    for (const auto& [key, entry] : peers_)
        if (!name_or_key.empty() && entry.model.name() == name_or_key)
            found.push_back(&entry.model);
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
