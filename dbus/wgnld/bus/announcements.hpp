// SPDX-License-Identifier: LGPL-2.1-or-later
// What the service says unasked: objects that come and go, properties that change, events.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "access.hpp"
#include "answer_parts.hpp"
#include "model/publisher.hpp"

namespace wgnl::daemon {

class Announcements final : public Publisher {
public:
    Announcements(sd_bus* bus, Access& access, AnswerParts& answers)
        : bus_(bus), access_(access), answers_(answers) {}

    void appeared(const DeviceModel& device) override;
    void changed(const DeviceModel& device, const DeviceUpdate& update) override;
    void vanished(const DeviceModel& device) override;
    void applied(const DeviceModel& device, bool ok) override;

    /// The properties have changed; none: nothing is sent.
    void announce(const std::string& path, const char* interface,
                  const std::vector<const char*>& properties);
    /// Counts up with every signal about an object.
    std::uint64_t count() const { return count_; }

private:
    void announce_opening(const DeviceModel& device, const DeviceUpdate& update);
    void announce_peers(const DeviceModel& device, const DeviceUpdate& update);
    void announce_peer(const DeviceModel& device, const PeerUpdate& update);
    void signal_peer(const std::string& path, const PeerUpdate& update);
    void add_interface(const std::string& path, const char* interface);
    void remove_interface(const std::string& path, const char* interface);
    void add_peers(const DeviceModel& device);
    void remove_peers(const DeviceModel& device);

    sd_bus* bus_;
    Access& access_;
    AnswerParts& answers_;
    std::set<std::string> open_{}; ///< devices of which everything is announced
    std::uint64_t count_{};
};

} // namespace wgnl::daemon
