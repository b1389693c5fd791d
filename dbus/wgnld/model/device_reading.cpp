// SPDX-License-Identifier: LGPL-2.1-or-later
// Readings without secrets, and compared.
#include "device_reading.hpp"

#include <algorithm>

namespace wgnl::daemon {

namespace {

PeerReading without_secrets(const Peer& peer) {
    PeerReading reading{
        peer.public_key, peer.endpoint, peer.persistent_keepalive, peer.last_handshake,
        peer.rx_bytes,   peer.tx_bytes, peer.allowed_ips,          peer.preshared_key.has_value()};
    std::ranges::sort(reading.allowed_ips);
    return reading;
}

bool same_configuration(const PeerReading& a, const PeerReading& b) {
    return a.public_key == b.public_key && a.endpoint == b.endpoint &&
           a.persistent_keepalive == b.persistent_keepalive && a.allowed_ips == b.allowed_ips &&
           a.has_preshared_key == b.has_preshared_key;
}

} // namespace

DeviceReading without_secrets(const Link& link, const Device& device, Moment at,
                              std::chrono::nanoseconds cost) {
    DeviceReading reading{.link = link,
                          .public_key = device.public_key,
                          .listen_port = device.listen_port,
                          .fwmark = device.fwmark,
                          .at = at,
                          .cost = cost};
    reading.peers.reserve(device.peers.size());
    for (const auto& peer : device.peers)
        reading.peers.push_back(without_secrets(peer));
    std::ranges::sort(reading.peers, {}, &PeerReading::public_key);
    return reading;
}

bool same_configuration(const DeviceReading& a, const DeviceReading& b) {
    const auto same_peer = [](const PeerReading& x, const PeerReading& y) {
        return same_configuration(x, y);
    };
    return a.link.ifindex == b.link.ifindex && a.link.link_generation == b.link.link_generation &&
           a.public_key == b.public_key && a.listen_port == b.listen_port && a.fwmark == b.fwmark &&
           std::ranges::equal(a.peers, b.peers, same_peer);
}

} // namespace wgnl::daemon
