// SPDX-License-Identifier: LGPL-2.1-or-later
// The keeper: decides when each device is read, reconciled, withdrawn; lives on the bus thread.
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

#include "charge.hpp"
#include "declaration_book.hpp"
#include "endpoints/endpoint_names.hpp"
#include "endpoints/name_resolver.hpp"
#include "handshake/doorbell.hpp"
#include "handshake/rest.hpp"
#include "host/config.hpp"
#include "model/publisher.hpp"
#include "worker/tasks.hpp"
#include "worker/worker.hpp"

namespace wgnl::daemon {

class Keeper {
public:
    static constexpr Boottime alert = std::chrono::seconds(3);
    using Done = std::function<void(Result<void>)>;

    /// What it works with; all of them outlive it.
    struct Parts {
        Worker& worker;
        Publisher& publisher;
        Surroundings& surroundings;
        NameResolver& resolver;
        Doorbell& bell;
    };
    /// `luck` gives numbers from 0 to 1, which spread what would happen at the same time.
    Keeper(const Parts& parts, std::function<double()> luck, Config config)
        : worker_(parts.worker), publisher_(parts.publisher), surroundings_(parts.surroundings),
          resolver_(parts.resolver), bell_(parts.bell), config_(std::move(config)),
          names_(std::move(luck)) {}
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// Opens the timer and looks around for the first time; `ready` is called once, after every
    /// device that is there has been read.
    Result<void> start(sd_event* event, std::function<void()> ready);
    /// Calls `beat` every so often, and compares each declared device then: what somebody else
    /// changes without a sign is found no later.
    void set_pulse(Boottime every, std::function<void()> beat);

    // --- what is asked on the bus
    /// The declaration is in force when this returns, or refused. `face` is that of the claim,
    /// which takes its time to make.
    DeclarationBook::Entry declare(const Claim& claim, DeclaredDevice face);
    void retain(Source source, const std::vector<std::string>& keep);
    /// `done` gets not_found if this source has neither declared nor recorded the device.
    void withdraw(Source source, const std::string& device, Done done);
    /// A person or an owner asks: what first contact withheld is applied. False: not declared.
    bool reconcile(const std::string& device);

    // --- what happens around
    void links_changed(const LinkMonitor::Drained& drained);
    /// Sockets of userspace devices came or went.
    void sockets_changed();
    /// Handshake packets arrived.
    void rang();
    /// The owner of links is reloading or was restarted.
    void owner_acts();
    /// NetworkManager may be writing endpoints of the devices that it has declared, now or soon.
    void network_manager_acts();
    /// The machine slept: everything is read, and names that could not be resolved are tried again.
    void resumed();
    /// The owner is done with this link.
    void owner_done(std::uint32_t ifindex);
    /// The owner has said something of this link.
    void owner_speaks(std::uint32_t ifindex);

    /// Somebody wants the figures of a device. True: they are being read, and `done` is called
    /// soon, when they are there; false: what is known is as good as it gets now.
    bool await_figures(const std::string& device, std::function<void()> done);

    // --- what is there
    const DeviceModel* find(const std::string& device) const; ///< null if not on the bus
    std::vector<const DeviceModel*> devices() const;          ///< those on the bus, by name
    const DeclarationBook& book() const { return book_; }
    const Config& config() const { return config_; }

private:
    using Charges = std::map<std::string, std::unique_ptr<Charge>>;
    Charge& charge(const std::string& device);
    Charge* known(const std::string& device);
    void submit(Worker::Job job);
    void soon() { arm(sd::boottime_now()); }
    void arm(Boottime at);
    void tick();
    void tend(Charge& charge, Boottime now);
    void schedule(Boottime now);
    void beat(Boottime now);
    void survey();
    void take_survey(const Result<std::vector<Link>>& links);
    void take_links(const std::vector<Link>& links);
    void note_link(const Link& link);
    void note_event(const LinkMonitor::Event& event);
    void lose(Charge& charge);
    void read(Charge& charge, Boottime at);
    void take_reading(const std::string& device, Reading reading);
    void take_sample(Charge& charge, Reading reading);
    void fail_reading(Charge& charge);
    void judge_sample(Charge& charge, const Reading& reading, const DeviceUpdate& update);
    void reading_ended(Charge& charge);
    void answer_askers(Charge& charge);
    void take_in(Charge& charge, std::function<void(const DeviceUpdate&)> done);
    void take_pieces();
    void complete(Charge& charge);
    void hear(Boottime now);
    void hear(const HandshakeBell::Ring& ring, Boottime now);
    void note_handshakes(Charge& charge, Moment at, std::uint64_t handshakes);
    void choose_event_source(Charge& charge);
    void listen_again();
    void weigh(Charge& charge, const Reading& reading, bool reset);
    void begin_reconcile(Charge& charge);
    Order order_for(Charge& charge, const Claim& claim);
    void take_report(const Claim& claim, const std::shared_ptr<Report>& report);
    void report_ended(Charge& charge, const Claim& claim, const Report& report);
    bool await_owner(Charge& charge, const Report& report);
    void judge_report(Charge& charge, const Claim& claim, const Report& report);
    bool start_userspace(const Claim& claim, const Report& report);
    void withdraw_recorded(Source source, const std::vector<std::string>& keep);
    void try_again();
    void forget_declaration(const std::string& device);
    void carry_out_withdrawal(const std::string& device, Done done);
    void publish(Charge& charge, const DeviceUpdate& update);
    void watch_owner(Charge& charge, Boottime now);
    void refresh_notices(Charge& charge);
    std::optional<Problem> taken_port(const Charge& charge) const;
    void drop_unused(const std::string& device);
    void check_ready();
    void note_network(const LinkMonitor::Drained& drained);
    void tend_names(Boottime now);
    void tend_names(Charge& charge, Boottime now);
    void move(const std::string& device, std::vector<EndpointMove> moves);
    void show_problems(Charge& charge, const std::vector<NameProblem>& problems);
    void ask_names();
    bool shows(const DeviceModel& model) const;

    /// What is still to be looked for in the records, and to be withdrawn: it failed.
    std::map<Source, std::vector<std::string>> unfinished_{};
    std::set<std::string> unwithdrawn_{};

    Worker& worker_;
    Publisher& publisher_;
    Surroundings& surroundings_;
    NameResolver& resolver_;
    Doorbell& bell_;
    Config config_;
    DeclarationBook book_;
    Charges charges_;
    EndpointNames names_;
    BellRest rest_{};
    std::set<std::uint16_t> strange_ports_{}; ///< that ring, and are no device's
    std::size_t writes_{0};                   ///< jobs of the worker that are no readings
    bool asks_names_{false};
    bool answers_wait_{false}; ///< a tick is due for them
    Pace survey_pace_{};
    bool surveying_{false};
    bool surveyed_{false};
    std::string survey_trouble_{}; ///< said once
    Boottime owner_acts_until_{};
    std::unique_ptr<sd::Timer> timer_;
    std::optional<Boottime> armed_{}; ///< when the timer is due
    Boottime next_tick_{};            ///< no sooner: looking around takes a tenth of the time
    std::unique_ptr<sd::Turn> pieces_;
    std::function<void()> ready_;
    Boottime pulse_{};
    Boottime next_beat_{};
    std::function<void()> beat_;
};

} // namespace wgnl::daemon
