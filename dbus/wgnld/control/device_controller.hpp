// SPDX-License-Identifier: LGPL-2.1-or-later
// One device in the manager's care: its model, and what is to be done about it next.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "handshake/handshake_probe.hpp"
#include "handshake/missed_handshake_detector.hpp"
#include "host/networkd_state.hpp"
#include "model/device_model.hpp"
#include "model/link_settle_timer.hpp"
#include "model/peer_probe.hpp"
#include "model/read_schedule.hpp"
#include "model/repair_limiter.hpp"

namespace wgnl::daemon {

/// Pure decisions; the manager carries them out.
class DeviceController {
public:
    static constexpr Boottime first_retry = std::chrono::seconds(1);
    static constexpr Boottime longest_retry = std::chrono::minutes(1);
    /// ReadCounters of this age are taken for the present.
    static constexpr Boottime present = std::chrono::seconds(1);
    /// A reading that takes longer is nothing to wait for.
    static constexpr Boottime quick = std::chrono::milliseconds(10);

    explicit DeviceController(std::string name) : model(std::move(name)) {}

    DeviceModel model;
    ReadSchedule schedule{};
    LinkSettleTimer settle_timer{};
    PeerProbe peer_probe{};
    HandshakeProbe handshake_probe{};
    MissedHandshakeDetector missed_handshakes{};
    RepairLimiter repairs{};
    OwnerWatch owner{};
    std::optional<std::string> netdev_file{}; ///< as the last reading saw it, see netdev_file_of()
    bool exported{false};                     ///< the object is on the bus
    bool reading{false};                      ///< a reading is queued or under way
    bool reconciling{false};                  ///< so is a reconciliation
    bool confirmed{false};                    ///< what first contact withholds may be applied
    bool look_at_routes{false};               ///< the next reading is to look at routes as well
    bool owner_unsaid{false};                 ///< networkd has not said whose the link is
    bool adopt_userspace_device{false};       ///< a userspace device was started for us
    std::string trouble{};                    ///< why it cannot be read; empty: it can
    std::vector<Problem> unresolved{};        ///< endpoints' names, by now
    std::vector<std::function<void()>> askers{}; ///< who waits for a reading

    /// What follows once the model has taken in what it was given in pieces.
    std::function<void(const DeviceUpdate&)> taken{};

    /// When it is to be read next; absent: nothing is to be seen.
    std::optional<Boottime> read_at(Boottime now) const;
    /// Whether its counters are not those of the present.
    bool is_dated(Boottime now) const;

    // --- reconciling
    /// Asks for a reconciliation as soon as that is allowed.
    void want() { wanted_ = true; }
    bool wants() const { return wanted_; }
    /// Whether a reconciliation may begin now.
    bool ready(Boottime now) const;
    /// When it may, at the earliest; absent: nothing is wanted.
    std::optional<Boottime> ready_at(Boottime now) const;
    void reconcile_begun();
    /// Schedules another attempt if it failed.
    void reconcile_ended(bool ok, Boottime now);
    /// It could not begin yet: another attempt soon, however often.
    void reconcile_postponed(Boottime now);

    /// What a reading says of the declared fields; true if something is to be repaired that the
    /// limiter does not hold. `reset`: as DeviceUpdate says it. `on_owner_activity`: the owner is
    /// just reloading, so that nobody is fighting.
    bool evaluate(const std::vector<Difference>& found, bool reset, bool on_owner_activity,
                  Boottime now);
    /// What the last reconciliation left as it is.
    void accept(std::vector<Difference> left) { accepted_ = std::move(left); }
    /// Problems of repairs and of reading, for the bus.
    std::vector<Problem> notices(Boottime now) const;

private:
    bool wanted_{false};
    std::optional<Boottime> retry_at_{};
    Boottime retry_after_{first_retry};
    std::vector<Difference> accepted_{}; ///< sorted
};

} // namespace wgnl::daemon
