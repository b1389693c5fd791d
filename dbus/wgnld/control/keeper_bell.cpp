// SPDX-License-Identifier: LGPL-2.1-or-later
// The keeper's ear: what rings, for whom, and whether that is all there is to hear.
#include "keeper.hpp"

#include <algorithm>

namespace wgnl::daemon {

namespace {

/// No machine has that many ports of WireGuard that are not its own devices'.
constexpr std::size_t most_strange_ports = 64;

} // namespace

void Keeper::rang() {
    hear(sd::boottime_now());
    soon();
}

/// Takes in what rang so far, also while the bell rests.
void Keeper::hear(Boottime now) {
    const auto heard = bell_.drain();
    auto packets = heard.lost;
    for (const auto& ring : heard.rings)
        packets += ring.count;
    if (packets == 0)
        return;
    rest_.rang(now, packets);
    bell_.listen(false);
    for (const auto& ring : heard.rings)
        hear(ring, now);
    if (heard.lost > 0)
        hear(HandshakeBell::Ring{.count = heard.lost}, now);
}

/// A port that is no device's may be a device's that was not read since: all are looked at, once.
void Keeper::hear(const HandshakeBell::Ring& ring, Boottime now) {
    const auto tell = [&](Charge& charge) {
        charge.hearing.rang(ring.count);
        charge.listening.rang(now, ring.count, !rest_.noisy());
    };
    bool is_known = strange_ports_.contains(ring.port);
    for (auto& [name, charge] : charges_)
        if (ring.port != 0 && charge->model.face().listen_port == ring.port) {
            tell(*charge);
            is_known = true;
        }
    if (is_known)
        return;
    for (auto& [name, charge] : charges_)
        if (charge->model.link())
            tell(*charge);
    if (ring.port != 0 && strange_ports_.size() < most_strange_ports)
        strange_ports_.insert(ring.port);
}

/// A reading that began at `at` showed new handshakes, or none.
void Keeper::note_handshakes(Charge& charge, Moment at, std::uint64_t handshakes) {
    if (handshakes > 0)
        hear(sd::boottime_now()); // a packet came before each, if it came to us at all
    charge.listening.looked(at.boot, handshakes);
    rest_.found(handshakes);
    const auto missed = bell_.works() ? charge.hearing.found(handshakes) : 0;
    charge.model.count_missed(missed);
    choose_event_source(charge);
    if (rest_.may_end())
        listen_again();
}

void Keeper::choose_event_source(Charge& charge) {
    const bool polls = !bell_.works() || charge.hearing.deaf();
    publish(charge,
            charge.model.set_event_source(polls ? EventSource::polling : EventSource::packets));
    charge.pace.set_polling(polls && charge.model.face().up && charge.model.peer_count() > 0);
}

void Keeper::listen_again() {
    rest_.end();
    bell_.listen(true);
}

} // namespace wgnl::daemon
