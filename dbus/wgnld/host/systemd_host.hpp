// SPDX-License-Identifier: LGPL-2.1-or-later
// systemd and systemd-networkd as they show themselves on the bus: reloads, finished links, units.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/publisher.hpp"
#include "sd/bus.hpp"

namespace wgnl::daemon {

class SystemdHost final : public HostServices {
public:
    /// What becomes of what is heard.
    struct Listener {
        std::function<void()> on_owner_activity{};
        std::function<void(std::uint32_t ifindex)> owner_done{};
        std::function<void(std::uint32_t ifindex)> owner_speaks{}; ///< anything of that link
        std::function<void()> resumed{}; ///< the machine slept, and is awake
    };

    explicit SystemdHost(sd_bus* bus) : bus_(bus) {}
    SystemdHost(const SystemdHost&) = delete;
    SystemdHost& operator=(const SystemdHost&) = delete;

    /// Starts listening. A bus without systemd is fine: there is nothing to hear then.
    Result<void> open(Listener listener);

    void ask_owner(std::uint32_t ifindex) override;
    bool names_netdev_files() const override { return names_netdev_files_; }
    bool hides_netdev_files() const override { return hides_netdev_files_; }
    bool starts_units() const override { return systemd_; }
    void start_userspace(const std::string& device, Done done) override;

private:
    Result<void> listen(const std::string& rule, sd::Callback::Function function);
    void subscribe();
    void ask_version();
    void sleep_changed(sd_bus_message* signal);
    void systemd_changed(sd_bus_message* signal);
    void link_changed(sd_bus_message* signal);
    void job_removed(sd_bus_message* signal);
    void job_queued(sd_bus_message* answer, const std::string& unit, const Done& done);

    sd_bus* bus_;
    Listener listener_{};
    bool systemd_{false};
    bool names_netdev_files_{false};
    bool hides_netdev_files_{false};
    std::vector<std::unique_ptr<sd::Callback>> matches_{};
    std::map<std::string, Done> jobs_{}; ///< by object path
    sd::PendingCalls calls_{};
};

/// The interface index in a path of networkd's link objects; absent if it is none.
std::optional<std::uint32_t> ifindex_of(const char* networkd_path);

} // namespace wgnl::daemon
