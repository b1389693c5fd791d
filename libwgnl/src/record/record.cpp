// SPDX-License-Identifier: LGPL-2.1-or-later
// What a record says after a declaration was applied, and while it is being applied.
#include <wgnl/record.hpp>

#include <algorithm>
#include <utility>

#include "values/lookup.hpp"

namespace wgnl {
namespace {

RecordedPeer recorded_peer(const DeclaredPeer& peer) {
    return {peer.public_key, peer.preshared_key.has_value(), peer.persistent_keepalive.has_value(),
            peer.endpoint, peer.allowed_ips};
}

void record_peers(const Declaration& declaration, const Record* before, Record& record) {
    static const std::vector<RecordedPeer> none;
    const auto& known = before != nullptr ? before->peers : none;
    PeerLookup<RecordedPeer> lookup(known);
    for (const auto& peer : declaration.peers) {
        const auto at = peer.kept_as_is ? lookup.find(peer.public_key) : nowhere;
        if (at != nowhere)
            record.peers.push_back(known[at]);
        else if (!peer.kept_as_is && !peer.public_key.is_zero())
            record.peers.push_back(recorded_peer(peer));
    }
}

/// What is kept although nobody names it stays ours to remove, once the declaration says so.
void record_kept_peers(const Record& before, Record& record) {
    const auto named = record.peers;
    PeerLookup<RecordedPeer> lookup(named);
    for (const auto& peer : before.peers)
        if (lookup.find(peer.public_key) == nowhere)
            record.peers.push_back(peer);
}

/// `list` and what of `more` it lacks.
template <typename T> std::vector<T> united(std::vector<T> list, const std::vector<T>& more) {
    if (list == more)
        return list;
    auto known = list;
    std::ranges::sort(known);
    for (const auto& entry : more)
        if (!std::ranges::binary_search(known, entry))
            list.push_back(entry);
    return list;
}

void unite(RecordedPeer& after, const RecordedPeer& before) {
    after.preshared_key |= before.preshared_key;
    after.persistent_keepalive |= before.persistent_keepalive;
    after.endpoint = before.endpoint;
    after.allowed_ips = united(std::move(after.allowed_ips), before.allowed_ips);
}

} // namespace

Record record_of(const Declaration& declaration, const Record* before) {
    Record record = before != nullptr ? *before : Record{};
    record.device = declaration.device;
    if (declaration.kept_as_is)
        return record;
    record.mode = declaration.mode;
    record.private_key = declaration.private_key.has_value();
    record.listen_port = declaration.listen_port.has_value();
    record.fwmark = declaration.fwmark.has_value();
    record.peers.clear();
    record.peers.reserve(declaration.peers.size());
    record_peers(declaration, before, record);
    if (declaration.keeps_peers && before != nullptr)
        record_kept_peers(*before, record);
    return record;
}

Record union_of(const Record& before, const Record& after) {
    Record both = after;
    both.created_device |= before.created_device;
    both.created_addresses = united(std::move(both.created_addresses), before.created_addresses);
    both.routes = united(std::move(both.routes), before.routes);
    both.private_key |= before.private_key;
    both.listen_port |= before.listen_port;
    both.fwmark |= before.fwmark;
    PeerLookup<RecordedPeer> lookup(after.peers);
    for (const auto& peer : before.peers) {
        const auto at = lookup.find(peer.public_key);
        if (at == nowhere)
            both.peers.push_back(peer);
        else
            unite(both.peers[at], peer);
    }
    return both;
}

} // namespace wgnl
