// SPDX-License-Identifier: LGPL-2.1-or-later
// What the record says of a device before, during and after it is reconciled.
#include "record.hpp"

#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "values/lookup.hpp"

namespace wgnl {

bool is_record_of(const Record& record, const Link& link) {
    const bool same_generation = record.link_generation == link.link_generation ||
                                 record.link_generation == 0 || link.link_generation == 0;
    return record.ifindex == link.ifindex && same_generation;
}

bool is_unreadable(const Error& error) {
    return error.code() == Errc::invalid_argument || error.code() == Errc::protocol;
}

Problem unreadable_record(const Error& error) {
    return {Severity::warning,
            {},
            fmt::format("the record of what was applied last cannot be read ({}); until the "
                        "declaration is confirmed, only what is missing is added",
                        error.detail())};
}

Result<std::optional<Link>> find_link(Client& client, const std::string& device) {
    auto link = client.links().get(device);
    if (link)
        return *std::move(link);
    if (link.error().code() == Errc::not_found)
        return std::nullopt;
    return std::unexpected(std::move(link).error());
}

Record announcement(const std::string& device) {
    Record record;
    record.device = device;
    record.mode = Mode::own;
    record.created_device = true;
    return record;
}

bool is_announcement(const Record& record) { return record.created_device && record.ifindex == 0; }

bool is_fresh(const Device& device) { return !device.private_key && device.peers.empty(); }

void keep_pending_endpoints(Record& after, const Record& last, const Device& live,
                            const Policy& policy) {
    PeerLookup<RecordedPeer> recorded(last.peers);
    PeerLookup<Peer> lives(live.peers);
    for (auto& peer : after.peers) {
        const auto before = recorded.find(peer.public_key);
        const auto text =
            before == nowhere ? std::optional<std::string>() : last.peers[before].endpoint;
        if (!peer.endpoint || peer.endpoint == text || policy.resolved.contains(*peer.endpoint) ||
            Endpoint::parse(*peer.endpoint))
            continue;
        const auto at = lives.find(peer.public_key);
        if (at != nowhere && live.peers[at].endpoint)
            peer.endpoint = text;
    }
}

Record settled(const Record& ahead, const Record& after, const DeviceChange& still) {
    std::unordered_set<PublicKey> open;
    for (const auto& change : still.peers)
        open.insert(change.public_key);
    auto record = after;
    record.fwmark |= still.fwmark.has_value();
    PeerLookup<RecordedPeer> lookup(after.peers);
    for (const auto& peer : ahead.peers) {
        if (!open.contains(peer.public_key))
            continue;
        const auto at = lookup.find(peer.public_key);
        if (at == nowhere)
            record.peers.push_back(peer);
        else
            record.peers[at] = peer;
    }
    return record;
}

} // namespace wgnl
