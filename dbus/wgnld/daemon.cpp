// SPDX-License-Identifier: LGPL-2.1-or-later
// Start, reload and stop of wgnld.
#include "daemon.hpp"

#include <csignal>
#include <random>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <fmt/format.h>

#include "control/events.hpp"
#include "host/capabilities.hpp"
#include "model/property_table.hpp"
#include "sd/bus_names.hpp"
#include "sd/start.hpp"

namespace wgnl::daemon {

namespace {

/// Keeps keys out of core dumps, and out of swap where memory may be locked without a limit: with
/// one, a later allocation would fail instead.
void protect_memory() {
    prctl(PR_SET_DUMPABLE, 0);
    rlimit limit{};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
        mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

/// Twice as often as systemd wants it; where it wants nothing, often enough to find what somebody
/// else changed.
std::chrono::nanoseconds pulse() {
    constexpr std::chrono::nanoseconds unwatched = std::chrono::minutes(5);
    std::uint64_t usec = 0;
    return sd_watchdog_enabled(0, &usec) > 0 ? std::chrono::microseconds(usec) / 2 : unwatched;
}

std::function<double()> spread() {
    return [engine = std::minstd_rand(std::random_device()())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

Result<std::unique_ptr<LinkMonitor>> open_monitor() {
    auto monitor = LinkMonitor::open();
    if (!monitor)
        return std::unexpected(monitor.error());
    return std::make_unique<LinkMonitor>(std::move(*monitor));
}

Result<std::unique_ptr<Worker>> open_worker(sd_event* event, const Options& options,
                                            const Config& config) {
    auto client = Client::open();
    if (!client)
        return std::unexpected(client.error());
    auto records = options.runtime_dir == Options{}.runtime_dir
                       ? RecordStore::of(std::nullopt, options.runtime_dir)
                       : Result<RecordStore>(RecordStore(options.runtime_dir));
    if (!records)
        return std::unexpected(records.error());
    return Worker::start(event,
                         {std::move(*client), *std::move(records), config.allow_default_route});
}

} // namespace

Result<std::unique_ptr<Daemon>> Daemon::open(const Options& options) {
    protect_memory();
    sd::block_signals({SIGTERM, SIGINT, SIGHUP});
    std::unique_ptr<Daemon> daemon(new Daemon());
    auto opened = daemon->open_parts(options);
    if (opened)
        opened = daemon->open_signals();
    if (!opened)
        return std::unexpected(opened.error());
    return daemon;
}

Result<void> Daemon::open_parts(const Options& options) {
    auto config = load_config(options.config);
    if (!config)
        return std::unexpected(config.error());
    auto opened = sd::keep(sd::open_event(), event_);
    if (opened)
        opened = sd::keep(sd::open_system_bus(event_.get()), bus_);
    if (opened)
        opened = open_listeners();
    if (opened)
        opened = sd::keep(open_worker(event_.get(), options, *config), worker_);
    if (!opened)
        return opened;
    return open_manager(std::move(*config));
}

/// Before any other thread: the right to listen is given up as soon as it has been used.
Result<void> Daemon::open_listeners() {
    handshakes_ =
        std::make_unique<SocketHandshakeSource>(event_.get(), [this] { manager_->on_packets(); });
    if (handshakes_->trouble())
        log_failure("", *handshakes_->trouble());
    if (const auto dropped = drop_net_raw(); !dropped)
        return dropped;
    return sd::keep(open_monitor(), links_.monitor);
}

Result<void> Daemon::open_manager(Config config) {
    host_ = std::make_unique<SystemdHost>(bus_.get());
    service_ = std::make_unique<BusService>(bus_.get(), event_.get(), Trust::of_this_system(),
                                            config.observe_foreign);
    resolver_ = std::make_unique<ResolveClient>(bus_.get());
    manager_ = std::make_unique<DeviceManager>(
        DeviceManager::Parts{*worker_, service_->publisher(), *host_, *resolver_, *handshakes_},
        spread(), std::move(config));
    auto opened = service_->open(*manager_);
    if (opened)
        opened = host_->open(
            {.on_owner_activity = [this] { manager_->input(HostEvent::owner_active); },
             .owner_done = [this](auto index) { manager_->input(HostEvent::owner_done, index); },
             .owner_speaks = [this](auto index) { manager_->input(HostEvent::owner_spoke, index); },
             .resumed = [this] { manager_->input(HostEvent::resumed); }});
    if (opened)
        opened = sd::keep(
            NetworkManagerWatcher::open(
                bus_.get(), [this] { manager_->input(HostEvent::network_manager_active); }),
            network_manager_);
    if (opened)
        opened =
            sd::keep(sd::Watch::open(event_.get(), links_.monitor->fd(), [this] { drain_links(); }),
                     links_.watch);
    if (opened)
        opened = manager_->start(event_.get(), [this] { ready(); });
    if (!opened)
        return opened;
    manager_->set_pulse(pulse(), [] { sd_notify(0, "WATCHDOG=1"); });
    sockets_ = std::make_unique<SocketFolder>(
        event_.get(), [this] { manager_->input(HostEvent::sockets_changed); });
    return {};
}

Result<void> Daemon::open_signals() {
    const auto on = [this](int signal, std::function<void()> caught) -> Result<void> {
        return sd::keep(sd::SignalWatch::open(event_.get(), signal, std::move(caught)),
                        signals_.emplace_back());
    };
    auto opened = on(SIGTERM, [this] { sd_event_exit(event_.get(), 0); });
    if (opened)
        opened = on(SIGINT, [this] { sd_event_exit(event_.get(), 0); });
    if (opened)
        opened = on(SIGHUP, [this] { reload(); });
    return opened;
}

int Daemon::run() {
    const int status = sd_event_loop(event_.get());
    sd_notify(0, "STOPPING=1");
    return status < 0 ? 1 : status;
}

void Daemon::ready() {
    const int result = sd_bus_request_name(bus_.get(), bus_name, 0);
    if (result < 0) {
        log_failure("", Error::from_errno(-result, fmt::format("own the name {}", bus_name)));
        sd_event_exit(event_.get(), 1);
        return;
    }
    sd_notify(0, "READY=1");
}

void Daemon::drain_links() {
    const auto drained = links_.monitor->drain();
    if (drained)
        manager_->links_changed(*drained);
    else
        manager_->links_changed({.overrun = true});
}

void Daemon::reload() {
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
               static_cast<unsigned long long>(microseconds(sd::boottime_now())));
    for (const auto& device : manager_->registry().devices())
        manager_->reconcile(device);
    sd_notify(0, "READY=1");
}

} // namespace wgnl::daemon
