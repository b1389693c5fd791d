// SPDX-License-Identifier: LGPL-2.1-or-later
// Handshake packets: what came, for whom, and whether that is all there is to hear.
#include "device_manager.hpp"

#include <algorithm>

namespace wgnl::daemon {

namespace {

/// No machine has that many ports of WireGuard that are not its own devices'.
constexpr std::size_t most_strange_ports = 64;

} // namespace

void DeviceManager::on_packets() {
    hear(sd::boottime_now());
    schedule_now();
}

/// Takes in what came so far, also while the source pauses.
void DeviceManager::hear(Boottime now) {
    const auto received = handshakes_.drain();
    auto count = received.lost;
    for (const auto& packets : received.packets)
        count += packets.count;
    if (count == 0)
        return;
    rate_limiter_.on_packets(now, count);
    handshakes_.listen(false);
    for (const auto& packets : received.packets)
        hear(packets, now);
    if (received.lost > 0)
        hear(HandshakePackets{.count = received.lost}, now);
}

/// A port that is no device's may be a device's that was not read since: all are looked at, once.
void DeviceManager::hear(const HandshakePackets& packets, Boottime now) {
    const auto tell = [&](DeviceController& controller) {
        controller.missed_handshakes.on_packets(packets.count);
        controller.handshake_probe.on_packets(now, packets.count, !rate_limiter_.noisy());
    };
    bool is_known = strange_ports_.contains(packets.port);
    for (auto& [name, controller] : controllers_)
        if (packets.port != 0 && controller->model.properties().listen_port == packets.port) {
            tell(*controller);
            is_known = true;
        }
    if (is_known)
        return;
    for (auto& [name, controller] : controllers_)
        if (controller->model.link())
            tell(*controller);
    if (packets.port != 0 && strange_ports_.size() < most_strange_ports)
        strange_ports_.insert(packets.port);
}

/// A reading that began at `at` showed new handshakes, or none.
void DeviceManager::note_handshakes(DeviceController& controller, Moment at,
                                    std::uint64_t handshakes) {
    if (handshakes > 0)
        hear(sd::boottime_now()); // a packet came before each, if it came to us at all
    controller.handshake_probe.looked(at.boot, handshakes);
    rate_limiter_.found(handshakes);
    const auto missed = handshakes_.works() ? controller.missed_handshakes.found(handshakes) : 0;
    controller.model.count_missed(missed);
    choose_event_source(controller);
    if (rate_limiter_.may_end())
        listen_again();
}

void DeviceManager::choose_event_source(DeviceController& controller) {
    const bool polls = !handshakes_.works() || controller.missed_handshakes.misses();
    publish(controller,
            controller.model.set_event_source(polls ? EventSource::polling : EventSource::packets));
    controller.schedule.set_polling(polls && controller.model.properties().up &&
                                    controller.model.peer_count() > 0);
}

void DeviceManager::listen_again() {
    rate_limiter_.end();
    handshakes_.listen(true);
}

} // namespace wgnl::daemon
