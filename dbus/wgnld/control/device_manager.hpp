// SPDX-License-Identifier: LGPL-2.1-or-later
// The manager: decides when each device is read, reconciled, withdrawn; lives on the bus thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <wgnl/client.hpp>
#include <wgnl/link_monitor.hpp>

#include "declaration_registry.hpp"
#include "device_controller.hpp"
#include "endpoints/endpoint_names.hpp"
#include "endpoints/name_resolver.hpp"
#include "handshake/handshake_source.hpp"
#include "handshake/packet_rate_limiter.hpp"
#include "host/config.hpp"
#include "model/publisher.hpp"
#include "worker/tasks.hpp"
#include "worker/worker.hpp"

namespace wgnl::daemon {

class DeviceManager {
public:
    static constexpr Boottime alert = std::chrono::seconds(3);
    using Done = std::function<void(Result<void>)>;

    /// What it works with; all of them outlive it.
    struct Parts {
        Worker& worker;
        Publisher& publisher;
        HostServices& host;
        NameResolver& resolver;
        HandshakeSource& handshakes;
    };
    /// `jitter` gives numbers from 0 to 1, which spread what would happen at the same time.
    DeviceManager(const Parts& parts, std::function<double()> jitter, Config config)
        : worker_(parts.worker), publisher_(parts.publisher), host_(parts.host),
          resolver_(parts.resolver), handshakes_(parts.handshakes), config_(std::move(config)),
          names_(std::move(jitter)) {}
    DeviceManager(const DeviceManager&) = delete;
    DeviceManager& operator=(const DeviceManager&) = delete;

    /// Opens the timer and looks around for the first time; `ready` is called once, after every
    /// device that is there has been read.
    Result<void> start(sd_event* event, std::function<void()> ready);
    /// Calls `beat` every so often, and compares each declared device then: what somebody else
    /// changes without a sign is found no later.
    void set_pulse(Boottime every, std::function<void()> beat);

    // --- what is asked on the bus
    /// The declaration is in force when this returns, or refused. `summary` is that of the entry,
    /// which takes its time to make.
    DeclarationRegistry::Answer declare(const SourceDeclaration& entry, DeclaredDevice summary);
    void retain(Source source, const std::vector<std::string>& keep);
    /// `done` gets not_found if this source has neither declared nor recorded the device.
    void withdraw(Source source, const std::string& device, Done done);
    /// A person or an owner asks: what is pending confirmation is applied. False: not declared.
    bool reconcile(const std::string& device);

    // --- what happens around
    void links_changed(const LinkMonitor::Drained& drained);
    /// Sockets of userspace devices came or went.
    void sockets_changed();
    /// Handshake packets arrived.
    void on_packets();
    /// The owner of links is reloading or was restarted.
    void on_owner_activity();
    /// NetworkManager may be writing endpoints of the devices that it has declared, now or
    /// soon.
    void on_network_manager_activity();
    /// The machine slept: everything is read, and names that could not be resolved are tried again.
    void resumed();
    /// The owner is done with this link.
    void owner_done(std::uint32_t ifindex);
    /// The owner has said something of this link.
    void owner_speaks(std::uint32_t ifindex);

    /// Somebody wants the counters of a device. True: they are being read, and `done` is called
    /// soon, when they are there; false: what is known is as good as it gets now.
    bool await_counters(const std::string& device, std::function<void()> done);

    // --- what is there
    const DeviceModel* find(const std::string& device) const; ///< null if not on the bus
    std::vector<const DeviceModel*> devices() const;          ///< those on the bus, by name
    const DeclarationRegistry& registry() const { return registry_; }
    const Config& config() const { return config_; }

private:
    using Controllers = std::map<std::string, std::unique_ptr<DeviceController>>;
    DeviceController& controller(const std::string& device);
    DeviceController* known(const std::string& device);
    void submit(Worker::Job job);
    void schedule_now() { arm(sd::boottime_now()); }
    void arm(Boottime at);
    void tick();
    void update(DeviceController& controller, Boottime now);
    void schedule(Boottime now);
    void beat(Boottime now);
    void survey();
    void take_survey(const Result<std::vector<Link>>& links);
    void take_links(const std::vector<Link>& links);
    void note_link(const Link& link);
    void note_event(const LinkMonitor::Event& event);
    void lose(DeviceController& controller);
    void read(DeviceController& controller, Boottime at);
    void take_reading(const std::string& device, ReadResult result);
    void take_device_reading(DeviceController& controller, ReadResult result);
    void fail_reading(DeviceController& controller);
    void judge_reading(DeviceController& controller, const ReadResult& result,
                       const DeviceUpdate& update);
    void reading_ended(DeviceController& controller);
    void answer_askers(DeviceController& controller);
    void take_in(DeviceController& controller, std::function<void(const DeviceUpdate&)> done);
    void take_pieces();
    void complete(DeviceController& controller);
    void hear(Boottime now);
    void hear(const HandshakePackets& packets, Boottime now);
    void note_handshakes(DeviceController& controller, Moment at, std::uint64_t handshakes);
    void choose_event_source(DeviceController& controller);
    void listen_again();
    void evaluate(DeviceController& controller, const ReadResult& result, bool reset);
    void begin_reconcile(DeviceController& controller);
    ReconcileRequest request_for(DeviceController& controller, const SourceDeclaration& entry);
    void take_result(const SourceDeclaration& entry,
                     const std::shared_ptr<ReconcileResult>& result);
    void reconcile_result_taken(DeviceController& controller, const SourceDeclaration& entry,
                                const ReconcileResult& result);
    bool await_owner(DeviceController& controller, const ReconcileResult& result);
    void judge_result(DeviceController& controller, const SourceDeclaration& entry,
                      const ReconcileResult& result);
    bool start_userspace(const SourceDeclaration& entry, const ReconcileResult& result);
    void withdraw_recorded(Source source, const std::vector<std::string>& keep);
    void try_again();
    void forget_declaration(const std::string& device);
    void carry_out_withdrawal(const std::string& device, Done done);
    void publish(DeviceController& controller, const DeviceUpdate& update);
    void watch_owner(DeviceController& controller, Boottime now);
    void refresh_notices(DeviceController& controller);
    std::optional<Problem> taken_port(const DeviceController& controller) const;
    void drop_unused(const std::string& device);
    void check_ready();
    void note_network(const LinkMonitor::Drained& drained);
    void update_names(Boottime now);
    void update_names(DeviceController& controller, Boottime now);
    void move(const std::string& device, std::vector<EndpointMove> moves);
    void show_problems(DeviceController& controller, const std::vector<NameProblem>& problems);
    void ask_names();
    bool shows(const DeviceModel& model) const;

    /// What is still to be looked for in the records, and to be withdrawn: it failed.
    std::map<Source, std::vector<std::string>> unfinished_{};
    std::set<std::string> unwithdrawn_{};

    Worker& worker_;
    Publisher& publisher_;
    HostServices& host_;
    NameResolver& resolver_;
    HandshakeSource& handshakes_;
    Config config_;
    DeclarationRegistry registry_;
    Controllers controllers_;
    EndpointNames names_;
    PacketRateLimiter rate_limiter_{};
    std::set<std::uint16_t> strange_ports_{}; ///< that ring, and are no device's
    std::size_t writes_{0};                   ///< jobs of the worker that are no readings
    bool asks_names_{false};
    bool answers_wait_{false}; ///< a tick is due for them
    ReadSchedule survey_schedule_{};
    bool surveying_{false};
    bool surveyed_{false};
    std::string survey_trouble_{}; ///< said once
    Boottime owner_active_until_{};
    std::unique_ptr<sd::Timer> timer_;
    std::optional<Boottime> armed_{}; ///< when the timer is due
    Boottime next_tick_{};            ///< no sooner: looking around takes a tenth of the time
    std::unique_ptr<sd::DeferredCall> pieces_;
    std::function<void()> ready_;
    Boottime pulse_{};
    Boottime next_beat_{};
    std::function<void()> beat_;
};

} // namespace wgnl::daemon
