// SPDX-License-Identifier: LGPL-2.1-or-later
// When a device is read, what of it, and who waits for that.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/device_model.hpp"
#include "model/read_schedule.hpp"

namespace wgnl::daemon {

/// At most one reading is queued or under way.
class DeviceReads {
public:
    /// Counters of this age are taken for the present.
    static constexpr std::chrono::nanoseconds present = std::chrono::seconds(1);
    /// A reading that takes longer is nothing to wait for.
    static constexpr std::chrono::nanoseconds quick = std::chrono::milliseconds(10);

    /// Something happened: read as soon as the budget allows. `routes`: look at routes too.
    void ask(bool routes = false) {
        schedule_.ask();
        look_at_routes(routes);
    }
    void look_at_routes(bool routes = true) { routes_ = routes_ || routes; }
    /// A link is there that was never read: whatever the budget is.
    void ask_at_once() { at_once_ = true; }
    void hurry_until(Boottime until) { schedule_.hurry_until(until); }
    void set_polling(bool polling) { schedule_.set_polling(polling); }

    /// When `model` is to be read next, of which `announced` is wanted for a handshake; absent:
    /// nothing is to be seen.
    std::optional<Boottime> due(const DeviceModel& model, std::optional<Boottime> announced,
                                Boottime now) const;
    /// A reading is to be begun that was never made, or is under way.
    bool pending() const { return at_once_ || under_way_; }
    bool under_way() const { return under_way_; }

    /// One begins at `at`. True: it is to look at routes as well.
    bool begin(Boottime at);
    /// Another job has read the device at that time.
    void read_beside(Boottime at) { schedule_.begun(at); }
    /// It took this much processor time, and showed this.
    void looked(Boottime at, const DeviceModel& model, bool suspected);
    void cost(std::chrono::nanoseconds length) { schedule_.cost(length); }
    void failed() { schedule_.failed(); }
    /// It is over: answers those who waited.
    void end();

    /// Whether the counters of a device are not those of the present.
    static bool dated(const DeviceModel& model, Boottime now) {
        return model.link() && model.sampled_at().boot + present <= now;
    }
    /// Somebody wants those of the present. True: they are being read, and `done` is called soon;
    /// false: what is known is as good as it gets now, because a reading takes long, or is `behind`
    /// other work.
    bool await(bool behind, Boottime now, std::function<void()> done);
    /// Nothing is to be read any more.
    void answer();

private:
    ReadSchedule schedule_{};
    PeerProbe peer_probe_{};
    bool at_once_{false};
    bool under_way_{false};
    bool routes_{false}; ///< the next one is to look at routes as well
    std::vector<std::function<void()>> waiting_{};
};

} // namespace wgnl::daemon
