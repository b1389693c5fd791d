// SPDX-License-Identifier: LGPL-2.1-or-later
// What came, for whom, and whether that is all there is to hear.
#include "handshake_watcher.hpp"

namespace wgnl::daemon {

namespace {

/// No machine has that many ports of WireGuard that are not its own devices'.
constexpr std::size_t most_strange_ports = 64;

} // namespace

void HandshakeWatcher::set_link(const std::string& device, std::optional<std::uint16_t> port) {
    auto& its = devices_[device];
    if (its.port == port)
        return;
    its.port = port;
    strange_ports_.clear();
}

void HandshakeWatcher::forget(const std::string& device) { devices_.erase(device); }

void HandshakeWatcher::on_packets(Boottime now) {
    const auto received = source_.drain();
    auto count = received.lost;
    for (const auto& packets : received.packets)
        count += packets.count;
    if (count == 0)
        return;
    limiter_.on_packets(now, count);
    source_.listen(false);
    for (const auto& packets : received.packets)
        take(packets, now);
    if (received.lost > 0)
        take({.count = received.lost}, now);
}

void HandshakeWatcher::tell(Watched& device, std::uint64_t packets, Boottime now) {
    device.detector.on_packets(packets);
    device.probe.on_packets(now, packets, !limiter_.noisy());
}

/// A port that is no device's may be a device's that was not read since: all are looked at, once.
void HandshakeWatcher::take(const HandshakePackets& packets, Boottime now) {
    bool is_known = strange_ports_.contains(packets.port);
    for (auto& [name, device] : devices_)
        if (packets.port != 0 && device.port == packets.port) {
            tell(device, packets.count, now);
            is_known = true;
        }
    if (is_known)
        return;
    for (auto& [name, device] : devices_)
        if (device.port)
            tell(device, packets.count, now);
    if (packets.port != 0 && strange_ports_.size() < most_strange_ports)
        strange_ports_.insert(packets.port);
}

std::uint64_t HandshakeWatcher::found(const std::string& device, Boottime at,
                                      std::uint64_t handshakes, Boottime now) {
    if (handshakes > 0)
        on_packets(now); // a packet came before each, if it came to us at all
    auto& its = devices_[device];
    its.probe.looked(at, handshakes);
    limiter_.found(handshakes);
    const auto missed = source_.works() ? its.detector.found(handshakes) : 0;
    if (limiter_.may_end())
        listen_again();
    return missed;
}

void HandshakeWatcher::update(Boottime now) {
    if (const auto until = limiter_.until(); until && *until <= now)
        listen_again();
}

bool HandshakeWatcher::misses(const std::string& device) const {
    const auto found = devices_.find(device);
    return !source_.works() || (found != devices_.end() && found->second.detector.misses());
}

std::optional<Boottime> HandshakeWatcher::look_at(const std::string& device) const {
    const auto found = devices_.find(device);
    return found == devices_.end() ? std::nullopt : found->second.probe.due();
}

void HandshakeWatcher::listen_again() {
    limiter_.end();
    source_.listen(true);
}

} // namespace wgnl::daemon
