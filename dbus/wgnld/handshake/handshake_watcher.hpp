// SPDX-License-Identifier: LGPL-2.1-or-later
// Handshake packets of the machine, and what they mean for each device.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "handshake_policies.hpp"
#include "handshake_source.hpp"

namespace wgnl::daemon {

/// Says which device is to be looked at and when, and which one is to be polled because nothing
/// announces its handshakes.
class HandshakeWatcher {
public:
    /// `source` outlives it.
    explicit HandshakeWatcher(HandshakeSource& source) : source_(source) {}

    /// A device has a link, with this listen port (0: none is known); absent: it has none.
    void set_link(const std::string& device, std::optional<std::uint16_t> port);
    void forget(const std::string& device);

    /// Takes in what came so far, also while packets are left alone, and leaves them alone from now
    /// on for a while.
    void on_packets(Boottime now);
    /// A reading that began at `at` showed so many new handshakes of the device: how many of them
    /// nothing had announced.
    std::uint64_t found(const std::string& device, Boottime at, std::uint64_t handshakes,
                        Boottime now);
    /// Listens again, if it is time.
    void update(Boottime now);
    /// When that is; absent: it listens.
    std::optional<Boottime> due() const { return limiter_.until(); }

    /// Whether handshakes of this device come unannounced.
    bool misses(const std::string& device) const;
    /// When to look for handshakes that were announced; absent: none was.
    std::optional<Boottime> look_at(const std::string& device) const;

private:
    struct Watched {
        std::optional<std::uint16_t> port{};
        MissedHandshakeDetector detector{};
        HandshakeProbe probe{};
    };
    void take(const HandshakePackets& packets, Boottime now);
    void tell(Watched& device, std::uint64_t packets, Boottime now);
    void listen_again();

    HandshakeSource& source_;
    PacketRateLimiter limiter_{};
    std::map<std::string, Watched> devices_{};
    std::set<std::uint16_t> strange_ports_{}; ///< packets came for them, and they are no device's
};

} // namespace wgnl::daemon
