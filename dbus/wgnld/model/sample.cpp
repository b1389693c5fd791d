// SPDX-License-Identifier: LGPL-2.1-or-later
// Readings stripped of secrets, and compared.
#include "sample.hpp"

#include <algorithm>

namespace wgnl::daemon {

namespace {

PeerSample strip(const Peer& peer) {
    PeerSample sample{
        peer.public_key, peer.endpoint, peer.persistent_keepalive, peer.last_handshake,
        peer.rx_bytes,   peer.tx_bytes, peer.allowed_ips,          peer.preshared_key.has_value()};
    std::ranges::sort(sample.allowed_ips);
    return sample;
}

bool same_configuration(const PeerSample& a, const PeerSample& b) {
    return a.public_key == b.public_key && a.endpoint == b.endpoint &&
           a.persistent_keepalive == b.persistent_keepalive && a.allowed_ips == b.allowed_ips &&
           a.has_preshared_key == b.has_preshared_key;
}

} // namespace

DeviceSample strip(const Link& link, const Device& device, Moment at,
                   std::chrono::nanoseconds cost) {
    DeviceSample sample{.link = link,
                        .public_key = device.public_key,
                        .listen_port = device.listen_port,
                        .fwmark = device.fwmark,
                        .at = at,
                        .cost = cost};
    sample.peers.reserve(device.peers.size());
    for (const auto& peer : device.peers)
        sample.peers.push_back(strip(peer));
    std::ranges::sort(sample.peers, {}, &PeerSample::public_key);
    return sample;
}

bool same_configuration(const DeviceSample& a, const DeviceSample& b) {
    const auto same_peer = [](const PeerSample& x, const PeerSample& y) {
        return same_configuration(x, y);
    };
    return a.link.ifindex == b.link.ifindex && a.link.creation == b.link.creation &&
           a.public_key == b.public_key && a.listen_port == b.listen_port && a.fwmark == b.fwmark &&
           std::ranges::equal(a.peers, b.peers, same_peer);
}

} // namespace wgnl::daemon
