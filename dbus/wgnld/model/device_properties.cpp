// SPDX-License-Identifier: LGPL-2.1-or-later
// What a device looks like from outside after an input, and what changed of it.
#include <algorithm>
#include <numeric>
#include <utility>

#include <wgnl/text.hpp>

#include "device_model.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t most_entries = 100;

/// As far as there is room, and naming no key but those that `is_public` knows.
void append(std::vector<Problem>& list, const std::vector<Problem>& more,
            const IsPublic& is_public) {
    const auto clean = [&](const std::string& text) {
        return printable(without_keys(text, is_public));
    };
    for (const auto& problem : more) {
        if (list.size() >= most_entries || std::ranges::find(list, problem) != list.end())
            continue;
        auto& added = list.emplace_back(problem);
        added.location.file = clean(problem.location.file);
        added.text = clean(problem.text);
    }
}

std::vector<const char*> changes(const DeviceProperties& a, const DeviceProperties& b) {
    std::vector<const char*> names;
    const auto note = [&](bool changed, const char* name) {
        if (changed)
            names.push_back(name);
    };
    const auto sum = [](const StateCounts& counts) {
        return std::accumulate(counts.begin(), counts.end(), 0U);
    };
    note(a.ifindex != b.ifindex, "InterfaceIndex");
    note(a.public_key != b.public_key, "PublicKey");
    note(a.listen_port != b.listen_port, "ListenPort");
    note(a.fwmark != b.fwmark, "FirewallMark");
    note(a.up != b.up, "Up");
    note(a.backend != b.backend, "Backend");
    note(a.mode != b.mode, "Mode");
    note(a.source != b.source, "Source");
    note(a.origin != b.origin, "Origin");
    note(a.state != b.state, "State");
    note(sum(a.state_counts) != sum(b.state_counts), "PeerCount");
    note(a.state_counts != b.state_counts, "StateCounts");
    note(a.peers_listed != b.peers_listed, "PeersListed");
    note(a.sync_status.changes != b.sync_status.changes, "LastChanges");
    note(a.event_source != b.event_source, "EventSource");
    note(a.sync_status.in_sync != b.sync_status.in_sync, "InSync");
    note(a.sync_status.drift != b.sync_status.drift, "Drift");
    note(a.sync_status.problems != b.sync_status.problems, "Problems");
    return names;
}

} // namespace

std::string_view to_string(EventSource source) {
    return source == EventSource::packets ? "packets" : "polling";
}

void DeviceModel::collect(DeviceUpdate& update, PeerUpdate peer) {
    count(peer);
    if (peer.removed)
        removed_.push_back(peer.key);
    if (peer.reset && declared_)
        update.reset = update.reset || peers_.at(peer.key).model.is_declared();
    update.suspected = update.suspected || (peer.after.suspect && !peer.before.suspect);
    update.handshakes += peer.handshake ? 1 : 0;
    if (!peer.silent() && properties_.peers_listed)
        update.peers.push_back(std::move(peer));
}

void DeviceModel::count(const PeerUpdate& peer) {
    const auto at = [this](PeerState state) -> std::uint32_t& {
        return counts_[static_cast<std::size_t>(state)];
    };
    if (!peer.added)
        --at(peer.before.state);
    if (!peer.removed)
        ++at(peer.after.state);
    suspects_ -= peer.before.suspect ? 1 : 0;
    suspects_ += peer.after.suspect ? 1 : 0;
}

DeviceUpdate DeviceModel::finish(DeviceUpdate update) {
    for (const auto& key : std::exchange(removed_, {}))
        peers_.erase(key);
    auto properties = make_properties();
    update.properties = changes(properties_, properties);
    update.relisted = properties.peers_listed && !properties_.peers_listed;
    if (!properties.peers_listed || update.relisted)
        update.peers.clear();
    properties_ = std::move(properties);
    return update;
}

DeviceProperties DeviceModel::make_properties() const {
    DeviceProperties properties{.state = state(),
                                .state_counts = counts_,
                                .peers_listed = lists_peers(),
                                .event_source = event_source_};
    if (link_) {
        properties.ifindex = link_->ifindex;
        properties.up = link_->up;
        properties.backend = to_string(link_->backend);
    }
    if (last_reading_) {
        properties.public_key =
            last_reading_->public_key ? last_reading_->public_key->to_base64() : "";
        properties.listen_port = last_reading_->listen_port;
        properties.fwmark = last_reading_->fwmark;
    }
    properties.sync_status.in_sync = sync_status_.in_sync && works_;
    properties.sync_status.changes = sync_status_.changes;
    for (const auto& drift : sync_status_.drift)
        if (properties.sync_status.drift.size() < most_entries)
            properties.sync_status.drift.push_back(
                {printable(drift.what), printable(drift.declared), printable(drift.live)});
    const IsPublic is_public = [this](const PublicKey& key) { return find(key) != nullptr; };
    append(properties.sync_status.problems, notices_, is_public);
    if (declared_) {
        properties.mode = declared_->mode;
        properties.source = declared_->source;
        properties.origin = declared_->origin;
        append(properties.sync_status.problems, declared_->problems, is_public);
    }
    append(properties.sync_status.problems, sync_status_.problems, is_public);
    return properties;
}

PeerState DeviceModel::state() const {
    if (!link_)
        return PeerState::absent;
    if (!link_->up)
        return PeerState::down;
    for (const auto state :
         {PeerState::established, PeerState::unreachable, PeerState::handshaking, PeerState::idle})
        if (counts_[static_cast<std::size_t>(state)] > 0)
            return state;
    return PeerState::never;
}

bool DeviceModel::lists_peers() const {
    return peers_.size() <= (properties_.peers_listed ? most_listed : listed_again - 1);
}

} // namespace wgnl::daemon
