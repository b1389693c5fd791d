// SPDX-License-Identifier: LGPL-2.1-or-later
// Every input goes over the peers once, and is finished by forgetting those that nobody has any
// more.
#include "peer_table.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <utility>

#include "read_schedule.hpp"

namespace wgnl::daemon {

void PeerTally::count(const PeerUpdate& peer) {
    const auto at = [this](PeerState state) -> std::uint32_t& {
        return states[static_cast<std::size_t>(state)];
    };
    if (!peer.added)
        --at(peer.before.state);
    if (!peer.removed)
        ++at(peer.after.state);
    suspects -= peer.before.suspect ? 1 : 0;
    suspects += peer.after.suspect ? 1 : 0;
}

PeerTable::Row& PeerTable::row(const PublicKey& key) {
    return peers_.try_emplace(key, Row{PeerModel(key)}).first->second;
}

template <typename Change> PeersUpdate PeerTable::change_all(Change change) {
    PeersUpdate update;
    next_look_.reset();
    for (auto& [key, row] : peers_) {
        collect(update, change(key, row.model));
        next_look_ = earlier(next_look_, row.model.next_look());
    }
    return finish(std::move(update));
}

void PeerTable::begin_take(std::vector<PeerReading> peers, const Circumstance& now) {
    peers_.reserve(peers.size());
    taking_ = Taking{.peers = std::move(peers), .now = now, .number = ++inputs_};
}

void PeerTable::begin_declare(DeclaredPeers declared) {
    declaring_ = Declaring{.peers = std::move(declared), .number = ++inputs_};
    peers_.reserve(declaring_->peers.size());
    declaring_->next = declaring_->peers.begin();
}

std::optional<PeersUpdate> PeerTable::advance(std::size_t peers) {
    if (taking_)
        return advance(*taking_, peers);
    return declaring_ ? advance(*declaring_, peers) : PeersUpdate{};
}

std::optional<PeersUpdate> PeerTable::advance(Taking& taking, std::size_t peers) {
    const auto& all = taking.peers;
    const auto end = all.size() - taking.done > peers ? taking.done + peers : all.size();
    for (; taking.done < end; ++taking.done) {
        const auto& peer = all[taking.done];
        auto& its = row(peer.public_key);
        its.seen = taking.number;
        taking.bytes.rx += peer.rx_bytes;
        taking.bytes.tx += peer.tx_bytes;
        collect(taking.update, its.model.take(&peer, taking.now));
        taking.next_look = earlier(taking.next_look, its.model.next_look());
    }
    return taking.done < all.size() ? std::nullopt : std::optional(end_take());
}

PeersUpdate PeerTable::end_take() {
    auto taking = *std::exchange(taking_, std::nullopt);
    take_missing(taking.number, taking.now, taking.update);
    bytes_ = taking.bytes;
    next_look_ = taking.next_look;
    return finish(std::move(taking.update));
}

void PeerTable::take_missing(std::uint64_t number, const Circumstance& now, PeersUpdate& update) {
    for (auto& [key, row] : peers_)
        if (row.seen != number)
            collect(update, row.model.take(nullptr, now));
}

PeersUpdate PeerTable::lose(const Circumstance& now) {
    PeersUpdate update;
    next_look_.reset();
    bytes_ = {};
    take_missing(++inputs_, now, update);
    return finish(std::move(update));
}

std::optional<PeersUpdate> PeerTable::advance(Declaring& declaring, std::size_t peers) {
    for (; peers > 0 && declaring.next != declaring.peers.end(); --peers, ++declaring.next) {
        auto& its = row(declaring.next->first);
        its.declared = declaring.number;
        if (const auto& name = declaring.next->second.name; !name.empty())
            declaring.names.emplace(std::hash<std::string_view>()(name), declaring.next->first);
        collect(declaring.update, its.model.declare(std::move(declaring.next->second)));
        next_look_ = earlier(next_look_, its.model.next_look());
    }
    return declaring.next == declaring.peers.end() ? std::optional(end_declare()) : std::nullopt;
}

PeersUpdate PeerTable::end_declare() {
    auto declaring = *std::exchange(declaring_, std::nullopt);
    names_ = std::move(declaring.names);
    for (auto& [key, row] : peers_)
        if (row.declared != declaring.number && row.model.is_declared())
            collect(declaring.update, row.model.declare(std::nullopt));
    return finish(std::move(declaring.update));
}

PeersUpdate PeerTable::undeclare() {
    names_.clear();
    return change_all([](const PublicKey&, PeerModel& peer) { return peer.declare(std::nullopt); });
}

PeersUpdate
PeerTable::set_notices(const std::unordered_map<PublicKey, std::vector<Problem>>& notices) {
    return change_all([&](const PublicKey& key, PeerModel& peer) {
        const auto found = notices.find(key);
        return peer.set_notices(found == notices.end() ? std::vector<Problem>() : found->second);
    });
}

PeersUpdate PeerTable::judge_at(Boottime now) {
    return change_all([now](const PublicKey&, PeerModel& peer) { return peer.judge_at(now); });
}

PeersUpdate PeerTable::renew(Boottime now) {
    return change_all([now](const PublicKey&, PeerModel& peer) { return peer.renew(now); });
}

void PeerTable::collect(PeersUpdate& update, PeerUpdate peer) {
    tally_.count(peer);
    if (peer.removed)
        removed_.push_back(peer.key);
    if (peer.reset)
        update.reset = update.reset || peers_.at(peer.key).model.is_declared();
    update.suspected = update.suspected || (peer.after.suspect && !peer.before.suspect);
    update.handshakes += peer.handshake ? 1 : 0;
    if (!peer.silent() && listed_)
        update.peers.push_back(std::move(peer));
}

PeersUpdate PeerTable::finish(PeersUpdate update) {
    for (const auto& key : std::exchange(removed_, {}))
        peers_.erase(key);
    const bool was_listed = listed_;
    listed_ = peers_.size() <= (was_listed ? most_listed : listed_again - 1);
    update.relisted = listed_ && !was_listed;
    if (!listed_ || update.relisted)
        update.peers.clear();
    return update;
}

const PeerModel* PeerTable::find(const PublicKey& key) const {
    const auto found = peers_.find(key);
    return found == peers_.end() ? nullptr : &found->second.model;
}

std::vector<const PeerModel*> PeerTable::find_named(std::string_view name_or_key) const {
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

std::vector<const PeerModel*> PeerTable::sorted() const {
    std::vector<const PeerModel*> all;
    all.reserve(peers_.size());
    for (const auto& [key, row] : peers_)
        all.push_back(&row.model);
    std::ranges::sort(all, [](const PeerModel* a, const PeerModel* b) {
        return std::tie(a->name(), a->key()) < std::tie(b->name(), b->key());
    });
    return all;
}

std::vector<PublicKey> PeerTable::keys() const {
    std::vector<PublicKey> all;
    all.reserve(peers_.size());
    for (const auto& [key, row] : peers_)
        all.push_back(key);
    return all;
}

std::unordered_map<PublicKey, Remembered> PeerTable::begin_restore() {
    std::unordered_map<PublicKey, Remembered> lost;
    for (auto& [key, row] : peers_)
        if (row.model.is_declared())
            if (const auto memory = row.model.begin_restore())
                lost.emplace(key, *memory);
    return lost;
}

void PeerTable::end_restore(bool restored) {
    for (auto& [key, row] : peers_)
        row.model.end_restore(restored);
}

} // namespace wgnl::daemon
