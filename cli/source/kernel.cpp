// SPDX-License-Identifier: LGPL-2.1-or-later
// Views read from the kernel and userspace implementations, without the daemon.
#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <utility>

#include "sd/loop.hpp"
#include "source.hpp"

#include <wgnl/client.hpp>
#include <wgnl/reconcile.hpp>
#include <wgnl/state.hpp>

namespace wgnl::cli {
namespace {

/// The first state of this list that any peer has is the device's.
constexpr std::array worst_first{PeerState::established, PeerState::unreachable,
                                 PeerState::handshaking, PeerState::idle, PeerState::never};

Observation observation_of(const Peer& peer, const Link& link, const Moment& now) {
    Observation seen{.at = now.boot,
                     .link_up = link.up,
                     .endpoint_known = peer.endpoint.has_value(),
                     .keepalive = peer.persistent_keepalive,
                     .rx_bytes = peer.rx_bytes,
                     .tx_bytes = peer.tx_bytes};
    if (peer.last_handshake != std::chrono::nanoseconds{})
        seen.handshake = handshake_time(peer.last_handshake, now);
    return seen;
}

/// One look cannot tell silence from rest: the state is that of a peer seen for the first time.
std::string state_of(const Peer& peer, const Link& link, const Moment& now) {
    PeerTrack track;
    const auto seen = observation_of(peer, link, now);
    observe(track, seen);
    return std::string{to_string(judge(track, seen, now.boot).state)};
}

PeerView view_of(const Peer& peer, const Link& link, const Moment& now) {
    PeerView view{
        .public_key = peer.public_key.to_base64(),
        .endpoint = peer.endpoint ? peer.endpoint->to_string() : "",
        .persistent_keepalive = peer.persistent_keepalive,
        .has_preshared_key = peer.preshared_key.has_value(),
        .last_handshake = std::chrono::duration_cast<Microseconds>(peer.last_handshake),
        .rx_bytes = peer.rx_bytes,
        .tx_bytes = peer.tx_bytes,
        .state = state_of(peer, link, now),
    };
    for (const auto& ip : peer.allowed_ips)
        view.allowed_ips.push_back(ip.to_string());
    return view;
}

void add_peers(DeviceView& view, const Device& device, const Link& link, const Moment& now) {
    for (const auto& peer : device.peers) {
        view.peers.push_back(view_of(peer, link, now));
        view.rx_bytes += peer.rx_bytes;
        view.tx_bytes += peer.tx_bytes;
        ++view.state_counts[view.peers.back().state];
    }
    view.peer_count = view.peers.size();
    sort_peers(view.peers);
}

std::string state_of(const DeviceView& device) {
    if (!device.up)
        return "down";
    for (const auto state : worst_first)
        if (device.state_counts.contains(std::string{to_string(state)}))
            return std::string{to_string(state)};
    return std::string{to_string(PeerState::never)};
}

DeviceView view_of(const Device& device, const Link& link) {
    const Moment now{.boot = sd::boottime_now(), .real = sd::realtime_now()};
    DeviceView view{
        .name = link.name,
        .interface_index = link.ifindex,
        .backend = std::string{to_string(link.backend)},
        .up = link.up,
        .public_key = device.public_key ? device.public_key->to_base64() : "",
        .listen_port = device.listen_port,
        .firewall_mark = device.fwmark,
        .sampled_at = std::chrono::duration_cast<Microseconds>(now.real),
    };
    add_peers(view, device, link, now);
    view.state = state_of(view);
    return view;
}

/// That of this very device, which may have been made again; one that cannot be read says nothing.
std::optional<Record> record_for(const DeviceView& view, const RecordStore& store) {
    auto record = store.load(view.name);
    const bool is_its = record && *record && (*record)->ifindex == view.interface_index;
    return is_its ? *std::move(record) : std::nullopt;
}

void note_applied(DeviceView& view, const Record& record) {
    if (record.source == applied_by_command)
        view.applied_from = record.origin;
}

/// What the record says of who declared the device.
void add_provenance(DeviceView& view, const RecordStore& store) {
    const auto record = record_for(view, store);
    if (!record)
        return;
    note_applied(view, *record);
    view.mode = to_string(record->mode);
    view.source = record->source;
    view.origin = record->origin;
    std::unordered_set<std::string> declared;
    for (const auto& peer : record->peers)
        declared.insert(peer.public_key.to_base64());
    for (auto& peer : view.peers)
        peer.declared = declared.contains(peer.public_key);
}

} // namespace

void add_applied(std::vector<DeviceView>& devices, const RecordStore& store) {
    for (auto& device : devices)
        if (device.source.empty())
            if (const auto record = record_for(device, store))
                note_applied(device, *record);
}

Result<std::vector<DeviceView>> read_kernel(const std::string& netns) {
    auto place = NetworkPlace::open(netns);
    if (!place)
        return std::unexpected{place.error()};
    const auto links = place->client.links().list();
    if (!links)
        return std::unexpected{links.error()};
    std::vector<DeviceView> views;
    for (const auto& link : *links) {
        const auto device = place->client.devices().get(link.name);
        if (!device && device.error().code() == Errc::not_found)
            continue; // it went away meanwhile
        if (!device)
            return std::unexpected{device.error()};
        views.push_back(view_of(*device, link));
        add_provenance(views.back(), place->records);
    }
    return views;
}

Result<std::optional<Namespace>> namespace_of(const std::string& text) {
    if (text.empty())
        return std::nullopt;
    auto found = text == "." ? Namespace::current() : Namespace::open(text);
    if (!found)
        return std::unexpected{found.error()};
    return *std::move(found);
}

Result<NetworkPlace> NetworkPlace::open(const std::string& netns) {
    const auto where = namespace_of(netns);
    if (!where)
        return std::unexpected{where.error()};
    auto client = Client::open({.network_namespace = *where});
    if (!client)
        return std::unexpected{client.error()};
    auto records = RecordStore::of(*where);
    if (!records)
        return std::unexpected{records.error()};
    return NetworkPlace{*std::move(client), *std::move(records)};
}

} // namespace wgnl::cli
