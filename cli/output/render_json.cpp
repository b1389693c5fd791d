// SPDX-License-Identifier: LGPL-2.1-or-later
// Views as JSON: the keys are a promise, see wgnl(1).
#include "render.hpp"

#include <nlohmann/json.hpp>

namespace wgnl::cli {
namespace {

// Keys stay in the order in which they are written here.
using Json = nlohmann::ordered_json;
using cli::json_of;

Json json_of(const PeerView& peer);
Json json_of(const DeviceView& device);

Json json_of(const Drift& drift) {
    return {{"what", drift.what}, {"declared", drift.declared}, {"live", drift.live}};
}

template <typename T> Json array_of(const std::vector<T>& values) {
    auto array = Json::array();
    for (const auto& value : values)
        array.push_back(json_of(value));
    return array;
}

Json json_of(const PeerView& peer) {
    return {{"public_key", peer.public_key},
            {"name", peer.name},
            {"state", peer.state},
            {"stalled", peer.stalled},
            {"declared", peer.declared},
            {"endpoint", peer.endpoint},
            {"declared_endpoint", peer.declared_endpoint},
            {"allowed_ips", peer.allowed_ips},
            {"persistent_keepalive", peer.persistent_keepalive},
            {"has_preshared_key", peer.has_preshared_key},
            {"last_handshake_usec", peer.last_handshake.count()},
            {"rx_bytes", peer.rx_bytes},
            {"tx_bytes", peer.tx_bytes},
            {"problems", array_of(peer.problems)}};
}

Json json_of(const DeviceView& device) {
    return {{"name", device.name},
            {"interface_index", device.interface_index},
            {"backend", device.backend},
            {"mode", device.mode},
            {"source", device.source},
            {"origin", device.origin},
            {"applied_from", device.applied_from},
            {"state", device.state},
            {"up", device.up},
            {"public_key", device.public_key},
            {"listen_port", device.listen_port},
            {"firewall_mark", device.firewall_mark},
            {"in_sync", device.in_sync ? Json(*device.in_sync) : Json(nullptr)},
            {"drift", json_of(device.drift)},
            {"problems", array_of(device.problems)},
            {"rx_bytes", device.rx_bytes},
            {"tx_bytes", device.tx_bytes},
            {"sampled_at_usec", device.sampled_at.count()},
            {"event_source", device.event_source},
            {"missed_events", device.missed_events},
            {"peer_count", device.peer_count},
            {"state_counts", device.state_counts},
            {"peers_listed", device.peers_listed},
            {"peers", array_of(device.peers)}};
}

std::string printed(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace

Json json_of(const Problem& problem) {
    return {{"severity", to_string(problem.severity)},
            {"where", to_string(problem.location)},
            {"text", problem.text}};
}

Json json_of(const std::vector<Drift>& drift) { return array_of(drift); }

std::string to_json(const DeviceView& device) { return printed(json_of(device)); }

std::string to_json(const std::vector<DeviceView>& devices) { return printed(array_of(devices)); }

} // namespace wgnl::cli
