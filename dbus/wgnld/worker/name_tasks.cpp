// SPDX-License-Identifier: LGPL-2.1-or-later
// Endpoints set one by one, with UPDATE_ONLY: no other peer is named in the message.
#include "tasks.hpp"

#include <algorithm>
#include <unordered_map>

namespace wgnl::daemon {

namespace {

PeerChange change_of(const EndpointMove& move, const Peer& live) {
    PeerChange change{.public_key = move.peer, .endpoint = move.to};
    if (live.persistent_keepalive != 0) {
        change.persistent_keepalive = live.persistent_keepalive;
        change.trigger_handshake = true;
    }
    return change;
}

bool is_named(const DeclaredPeer& peer) {
    return !peer.kept_as_is && peer.endpoint && !peer.numeric_endpoint();
}

} // namespace

Result<std::vector<EndpointMove>> move_endpoints(Worker::Context& context,
                                                 const std::string& device,
                                                 const std::vector<EndpointMove>& moves) {
    const auto lock = context.store.lock(device);
    if (!lock)
        return std::unexpected(lock.error());
    const auto live = context.client.devices().get(device);
    if (!live)
        return std::unexpected(live.error());
    std::unordered_map<PublicKey, const EndpointMove*> wanted;
    for (const auto& move : moves)
        wanted.emplace(move.peer, &move);
    DeviceChange change;
    std::vector<EndpointMove> moved;
    for (const auto& peer : live->peers) {
        const auto found = wanted.find(peer.public_key);
        if (found == wanted.end() || found->second->from != peer.endpoint ||
            found->second->handshake != peer.last_handshake)
            continue;
        change.peers.push_back(change_of(*found->second, peer));
        moved.push_back(*found->second);
    }
    if (const auto set = context.client.devices().set(device, change); !set)
        return std::unexpected(set.error());
    return moved;
}

std::vector<PublicKey> unresolved_edits(const RecordStore& store, const Declaration& declared) {
    std::vector<PublicKey> found;
    if (std::ranges::none_of(declared.peers, is_named))
        return found;
    const auto record = store.load(declared.device);
    if (!record || !*record)
        return found;
    std::unordered_map<PublicKey, const RecordedPeer*> recorded;
    for (const auto& peer : (*record)->peers)
        recorded.emplace(peer.public_key, &peer);
    for (const auto& peer : declared.peers) {
        const auto at = is_named(peer) ? recorded.find(peer.public_key) : recorded.end();
        if (at != recorded.end() && at->second->endpoint != peer.endpoint)
            found.push_back(peer.public_key);
    }
    return found;
}

} // namespace wgnl::daemon
