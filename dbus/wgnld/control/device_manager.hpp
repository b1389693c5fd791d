// SPDX-License-Identifier: LGPL-2.1-or-later
// Which devices there are, who declares them, and when each has its turn; lives on the bus thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/client.hpp>
#include <wgnl/link_monitor.hpp>

#include "declaration_registry.hpp"
#include "device_controller.hpp"
#include "endpoints/endpoint_follower.hpp"
#include "handshake/handshake_watcher.hpp"
#include "host/clock.hpp"
#include "host/config.hpp"
#include "jobs.hpp"
#include "links.hpp"
#include "withdrawals.hpp"

namespace wgnl::daemon {

/// What happens on the machine.
enum class HostEvent : std::uint8_t {
    sockets_changed,        ///< sockets of userspace devices came or went
    owner_active,           ///< the owner of links is reloading or was restarted
    network_manager_active, ///< NetworkManager may be writing endpoints, now or soon
    owner_done,             ///< the owner is done with one link
    owner_spoke,            ///< the owner has said something of one link
    resumed,                ///< the machine slept
};

class DeviceManager {
public:
    using Done = Withdrawals::Done;

    /// What it works with; all of them outlive it.
    struct Parts {
        Worker& worker;
        Publisher& publisher;
        HostServices& host;
        NameResolver& resolver;
        HandshakeSource& handshakes;
    };
    /// `jitter` gives numbers from 0 to 1, which spread what would happen at the same time.
    DeviceManager(const Parts& parts, std::function<double()> jitter, Config config);
    DeviceManager(DeviceManager&&) = delete;

    /// Opens the timer and looks around for the first time; `ready` is called once, after every
    /// device that is there has been read.
    Result<void> start(sd_event* event, std::function<void()> ready);
    /// Calls `beat` every so often, and compares each declared device then: what somebody else
    /// changes without a sign is found no later.
    void set_pulse(std::chrono::nanoseconds every, std::function<void()> beat);

    // --- what is asked on the bus
    /// The declaration is in force when this returns, or refused. `summary` is that of the
    /// declaration, which takes its time to make.
    DeclarationRegistry::Answer declare(const SourceDeclaration& declared, DeclaredDevice summary);
    void retain(Source source, const std::vector<std::string>& keep);
    /// `done` gets not_found if this source has neither declared nor recorded the device.
    void withdraw(Source source, const std::string& device, Done done);
    /// A person or an owner asks: what is pending confirmation is applied. False: not declared.
    bool reconcile(const std::string& device);

    // --- what happens around
    void links_changed(const LinkMonitor::Drained& drained);
    /// Handshake packets arrived.
    void on_packets();
    /// `ifindex`: of the link, where it is about one.
    void input(HostEvent event, std::uint32_t ifindex = 0);

    /// Somebody wants the counters of a device. True: they are being read, and `done` is called
    /// soon, when they are there; false: what is known is as good as it gets now.
    bool await_counters(const std::string& device, std::function<void()> done);

    // --- what is there
    const DeviceModel* find(const std::string& device) const; ///< null if not on the bus
    std::vector<const DeviceModel*> devices() const;          ///< those on the bus, by name
    const DeclarationRegistry& registry() const { return registry_; }
    const Config& config() const { return config_; }

private:
    DeviceController& controller(const std::string& device);
    DeviceController* known(const std::string& device);
    void tell_all(DeviceEvent event);
    void tick(Boottime now);
    void update(DeviceController& controller, Boottime now);
    void schedule(Boottime now);
    DeviceController::Obstacles obstacles(const std::string& device);
    void check_ready();
    void survey(Boottime now);
    void take_links(const std::vector<Link>& links);
    void read(DeviceController& controller, Boottime at);
    void begin_reconcile(DeviceController& controller, Boottime now);
    void forget(const std::string& device);
    void note_event(const LinkMonitor::Event& event);

    HostServices& host_;
    Publisher& publisher_;
    Config config_;
    Jobs jobs_;
    Clock clock_{};
    LinkSurvey survey_{};
    DeclarationRegistry registry_{};
    Withdrawals withdrawals_;
    HandshakeWatcher handshakes_;
    EndpointFollower endpoints_;
    std::map<std::string, std::unique_ptr<DeviceController>> controllers_{};
    Boottime owner_active_until_{};
};

} // namespace wgnl::daemon
