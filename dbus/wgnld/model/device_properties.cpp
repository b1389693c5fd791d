// SPDX-License-Identifier: LGPL-2.1-or-later
// What a device looks like from outside after an input, and what changed of it.
#include <algorithm>
#include <utility>

#include <wgnl/text.hpp>

#include "property_table.hpp"

namespace wgnl::daemon {

namespace {

/// As far as there is room, and naming no key but those that `is_public` knows.
void append(std::vector<Problem>& list, const std::vector<Problem>& more,
            const IsPublic& is_public) {
    const auto clean = [&](const std::string& text) {
        return printable(without_keys(text, is_public));
    };
    for (const auto& problem : more) {
        if (list.size() >= most_problems || std::ranges::find(list, problem) != list.end())
            continue;
        auto& added = list.emplace_back(problem);
        added.location.file = clean(problem.location.file);
        added.text = clean(problem.text);
    }
}

PeerState state_of(const std::optional<Link>& link, const StateCounts& counts) {
    if (!link)
        return PeerState::absent;
    if (!link->up)
        return PeerState::down;
    for (const auto state :
         {PeerState::established, PeerState::unreachable, PeerState::handshaking, PeerState::idle})
        if (counts[static_cast<std::size_t>(state)] > 0)
            return state;
    return PeerState::never;
}

} // namespace

std::string_view to_string(EventSource source) {
    return source == EventSource::packets ? "packets" : "polling";
}

DeviceUpdate DeviceModel::finish(PeersUpdate update) {
    auto properties = make_properties();
    DeviceUpdate finished{std::move(update), changed_properties(properties_, properties)};
    properties_ = std::move(properties);
    return finished;
}

DeviceProperties DeviceModel::make_properties() const {
    DeviceProperties properties{.state = state_of(link_, peers_.state_counts()),
                                .state_counts = peers_.state_counts(),
                                .peers_listed = peers_.listed(),
                                .event_source = event_source_};
    if (link_) {
        properties.ifindex = link_->ifindex;
        properties.up = link_->up;
        properties.backend = to_string(link_->backend);
    }
    if (readings_.last) {
        properties.public_key =
            readings_.last->public_key ? readings_.last->public_key->to_base64() : "";
        properties.listen_port = readings_.last->listen_port;
        properties.fwmark = readings_.last->fwmark;
    }
    properties.sync_status.in_sync = sync_status_.in_sync && notices_.works;
    properties.sync_status.changes = sync_status_.changes;
    for (const auto& drift : sync_status_.drift)
        if (properties.sync_status.drift.size() < most_problems)
            properties.sync_status.drift.push_back(
                {printable(drift.what), printable(drift.declared), printable(drift.live)});
    const IsPublic is_public = [this](const PublicKey& key) { return peers_.find(key) != nullptr; };
    append(properties.sync_status.problems, notices_.problems, is_public);
    if (declared_) {
        properties.mode = declared_->mode;
        properties.source = declared_->source;
        properties.origin = declared_->origin;
        append(properties.sync_status.problems, declared_->problems, is_public);
    }
    append(properties.sync_status.problems, sync_status_.problems, is_public);
    return properties;
}

} // namespace wgnl::daemon
