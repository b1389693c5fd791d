// SPDX-License-Identifier: LGPL-2.1-or-later
// org.wgnl.WireGuard1 on the bus: objects registered, and the parts that answer for them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access.hpp"
#include "announcements.hpp"
#include "answer_parts.hpp"
#include "control/device_manager.hpp"
#include "file_reports.hpp"
#include "listing.hpp"

namespace wgnl::daemon {

class BusService;

/// What a path stands for while one call is answered.
struct Target {
    BusService* service{};
    const DeviceModel* device{};
    const PeerModel* peer{}; ///< null: the device
};

class BusService {
public:
    BusService(sd_bus* bus, sd_event* event, Trust trust, ObserveForeign foreign);
    BusService(const BusService&) = delete;
    BusService& operator=(const BusService&) = delete;

    /// Registers every object; `manager` answers from now on.
    Result<void> open(DeviceManager& manager);

    /// What the manager publishes to.
    Publisher& publisher() { return announcements_; }

    // --- for the objects, once it is open
    DeviceManager& manager() { return *manager_; }
    Access& access() { return access_; }
    AnswerParts& answers() { return answers_; }
    Listing& listing() { return *listing_; }
    FileReports& file_reports() { return file_reports_; }
    const Announcements& announcements() const { return announcements_; }
    /// How much attention the sender of a call deserves.
    Backlog::Attention attention_for(sd_bus_message* message);
    /// Calls `then` once the counters of the device are as fresh as its budget allows.
    void when_fresh(const std::string& device, const std::function<void()>& then);
    /// The same for all devices.
    void when_all_fresh(const std::function<void()>& then);

private:
    static int find_device(sd_bus* bus, const char* path, const char* interface, void* self,
                           void** found, sd_bus_error* error) noexcept;
    static int find_peer(sd_bus* bus, const char* path, const char* interface, void* self,
                         void** found, sd_bus_error* error) noexcept;
    Result<void> open_answers();
    Result<void> register_objects();

    sd_bus* bus_;
    sd_event* event_;
    DeviceManager* manager_{};
    Access access_;
    AnswerParts answers_;
    Announcements announcements_;
    FileReports file_reports_;
    std::unique_ptr<Listing> listing_{};
    Target device_target_{};
    Target peer_target_{};
    std::vector<sd::SlotHandle> slots_{};
};

} // namespace wgnl::daemon
