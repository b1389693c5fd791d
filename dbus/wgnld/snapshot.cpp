// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices written as JSON.
#include "snapshot.hpp"

#include <nlohmann/json.hpp>

#include "figures.hpp"
#include "sd/memfd.hpp"

namespace wgnl::daemon {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<Problem>& problems) {
    auto list = Json::array();
    for (const auto& problem : problems)
        list.push_back({std::string(to_string(problem.severity)), problem.where, problem.text});
    return list;
}

Json json_of(const std::vector<Drift>& drift) {
    auto list = Json::array();
    for (const auto& entry : drift)
        list.push_back({entry.what, entry.declared, entry.live});
    return list;
}

Json json_of(const PeerModel& peer, Moment sampled_at) {
    const auto shown = peer.live().value_or(PeerSample{});
    return {{"PublicKey", peer.key().to_base64()},
            {"Name", peer.name()},
            {"Endpoint", peer.endpoint()},
            {"DeclaredEndpoint", declared_endpoint(peer)},
            {"AllowedIPs", texts_of(shown.allowed_ips)},
            {"PersistentKeepalive", shown.persistent_keepalive},
            {"HasPresharedKey", shown.has_preshared_key},
            {"LastHandshake", microseconds(shown.last_handshake)},
            {"LastHandshakeBoottime", microseconds(peer.handshake_boottime())},
            {"RxBytes", shown.rx_bytes},
            {"TxBytes", shown.tx_bytes},
            {"SampledAt", microseconds(sampled_at.real)},
            {"State", std::string(to_string(peer.state()))},
            {"Stalled", peer.stalled()},
            {"Declared", peer.is_declared()},
            {"Problems", json_of(problems_of(peer))}};
}

Json counts_of(const StateCounts& counts) {
    auto object = Json::object();
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0)
            object[std::string(to_string(static_cast<PeerState>(i)))] = counts[i];
    return object;
}

} // namespace

std::string snapshot_json(const DeviceModel& device) {
    const auto& face = device.face();
    Json document{{"Name", device.name()},
                  {"InterfaceIndex", face.ifindex},
                  {"PublicKey", face.public_key},
                  {"ListenPort", face.listen_port},
                  {"FirewallMark", face.fwmark},
                  {"Up", face.up},
                  {"Backend", std::string(face.backend)},
                  {"Mode", std::string(to_string(face.mode))},
                  {"Source", face.source},
                  {"Origin", face.origin},
                  {"State", std::string(to_string(face.state))},
                  {"PeerCount", device.peer_count()},
                  {"StateCounts", counts_of(face.state_counts)},
                  {"RxBytes", device.rx_bytes()},
                  {"TxBytes", device.tx_bytes()},
                  {"SampledAt", microseconds(device.sampled_at().real)},
                  {"InSync", face.verdict.in_sync},
                  {"Drift", json_of(face.verdict.drift)},
                  {"Problems", json_of(face.verdict.problems)},
                  {"EventSource", event_source},
                  {"Peers", Json::array()}};
    for (const auto* peer : device.peers())
        document["Peers"].push_back(json_of(*peer, device.sampled_at()));
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<sd::Fd> Snapshots::get(const DeviceModel& device) {
    auto& file = files_[device.name()];
    if (!file.fd || file.generation != device.generation()) {
        const auto text = snapshot_json(device);
        auto sealed = sd::seal({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                               "wgnl-snapshot");
        if (!sealed)
            return sealed;
        file = {device.generation(), std::move(*sealed)};
    }
    return sd::reopen(file.fd);
}

} // namespace wgnl::daemon
