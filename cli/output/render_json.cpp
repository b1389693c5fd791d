// SPDX-License-Identifier: LGPL-2.1-or-later
// Views as JSON: the keys are a promise, see wgnl(1).
#include "render.hpp"

#include <utility>

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
            {"peers", Json::array()}}; // see text_of()
}

std::string text_of(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

/// Its lines, all but the first indented. No string of JSON has an end of line in it.
void append_indented(std::string& out, std::string_view text, std::size_t indentation) {
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        out += text.substr(0, end + 1);
        out.append(indentation, ' ');
        text.remove_prefix(end + 1);
    }
    out += text;
}

std::string text_of(const DeviceView& device);
std::string text_of(const PeerView& peer) { return text_of(json_of(peer)); }

/// What an array of those looks like in that depth, one after the other: a document of all of them
/// at once takes kilobytes for each.
template <typename T>
void append_array(std::string& out, const std::vector<T>& values, std::size_t depth) {
    if (values.empty()) {
        out += "[]";
        return;
    }
    const auto inner = depth + 2;
    for (std::string_view before = "["; const auto& value : values) {
        out.append(std::exchange(before, ",")).append("\n").append(inner, ' ');
        append_indented(out, text_of(value), inner);
    }
    out.append("\n").append(depth, ' ').append("]");
}

std::string text_of(const DeviceView& device) {
    constexpr std::string_view no_peers = "[]\n}";
    auto text = text_of(json_of(device));
    text.resize(text.size() - no_peers.size());
    append_array(text, device.peers, 2);
    return text += "\n}";
}

} // namespace

Json json_of(const Problem& problem) {
    return {{"severity", to_string(problem.severity)},
            {"where", to_string(problem.location)},
            {"text", problem.text}};
}

Json json_of(const std::vector<Drift>& drift) { return array_of(drift); }

std::string to_json(const DeviceView& device) { return text_of(device) + "\n"; }

std::string to_json(const std::vector<DeviceView>& devices) {
    std::string text;
    append_array(text, devices, 0);
    return text += "\n";
}

} // namespace wgnl::cli
