// SPDX-License-Identifier: LGPL-2.1-or-later
// Builders of keys, readings and declarations for the tests of the model.
#pragma once

#include <chrono>

#include "model/device_model.hpp"

namespace wgnl::daemon::test {

using namespace std::chrono_literals;

inline PublicKey key(std::uint8_t number) {
    KeyBytes bytes{};
    bytes[0] = number;
    return PublicKey(bytes);
}

/// So long after boot.
constexpr Boottime boot(std::chrono::nanoseconds after) { return Boottime(after); }

/// `seconds` after some time after boot; both clocks run alike.
inline Moment moment(std::chrono::nanoseconds after) {
    return {boot(1000s + after), 1'700'000'000s + after};
}

inline PeerReading peer_reading(std::uint8_t number) {
    return {.public_key = key(number), .allowed_ips = {AllowedIp::parse("10.0.0.1")->value}};
}

inline Link link(std::uint32_t ifindex = 7, bool up = true) {
    return {.name = "wg0", .ifindex = ifindex, .up = up, .link_generation = ifindex};
}

inline DeviceReading reading(std::chrono::nanoseconds after, std::vector<PeerReading> peers) {
    return {.link = link(), .listen_port = 51820, .peers = std::move(peers), .at = moment(after)};
}

inline Endpoint endpoint(const char* text) { return *Endpoint::parse(text); }

inline DeclaredPeer declared_peer(std::uint8_t number) {
    return {.public_key = key(number), .allowed_ips = {AllowedIp::parse("10.0.0.1")->value}};
}

inline Declaration declaration(std::vector<DeclaredPeer> peers) {
    return {.device = "wg0", .peers = std::move(peers)};
}

inline DeclaredDevice declared(const Declaration& declaration) {
    return summary_of(declaration, "networkd", "/etc/systemd/network/wg0.netdev");
}

/// With a session by its last handshake, which it had then.
inline PeerReading with_session(std::uint8_t number, std::chrono::nanoseconds handshake_after) {
    auto peer = peer_reading(number);
    peer.endpoint = endpoint("192.0.2.1:1000");
    peer.last_handshake = moment(handshake_after).real;
    peer.rx_bytes = 1000;
    peer.tx_bytes = 1000;
    return peer;
}

inline bool names(const std::vector<const char*>& properties, std::string_view wanted) {
    for (const std::string_view name : properties)
        if (name == wanted)
            return true;
    return false;
}

} // namespace wgnl::daemon::test
