// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnld put together: bus, loop, worker, manager.
#pragma once

#include <filesystem>
#include <memory>

#include <wgnl/client.hpp>
#include <wgnl/link_monitor.hpp>

#include "bus/service.hpp"
#include "control/device_manager.hpp"
#include "host/config.hpp"
#include "host/network_manager.hpp"
#include "host/socket_folder.hpp"
#include "host/systemd_host.hpp"
#include "sd/loop.hpp"
#include "worker/worker.hpp"

namespace wgnl::daemon {

struct Options {
    std::filesystem::path runtime_dir{"/run/wgnl"};
    std::filesystem::path config{"/etc/wgnl/wgnld.conf"};
};

class Daemon {
public:
    /// Connects everything; the bus name is requested once every device has been read.
    static Result<std::unique_ptr<Daemon>> open(const Options& options);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Runs until SIGTERM or SIGINT; leaves every device as it is. The exit status.
    int run();

private:
    Daemon() = default;
    Result<void> open_parts(const Options& options);
    Result<void> open_signals();
    void ready();
    Result<void> open_listeners();
    Result<void> open_manager(Config config);
    void drain_links();
    void reload();

    /// What the kernel announces of links, and who is told when there is something.
    struct LinkEvents {
        std::unique_ptr<LinkMonitor> monitor{};
        std::unique_ptr<sd::Watch> watch{};
    };

    sd::EventHandle event_{};
    sd::BusHandle bus_{};
    LinkEvents links_{};
    std::unique_ptr<SystemdHost> host_{};
    std::unique_ptr<NetworkManagerWatcher> network_manager_{};
    std::unique_ptr<BusService> service_{};
    std::unique_ptr<ResolveClient> resolver_{};
    std::unique_ptr<SocketHandshakeSource> handshakes_{};
    std::unique_ptr<DeviceManager> manager_{};
    std::unique_ptr<Worker> worker_{}; ///< destroyed before all above: its jobs refer to them
    std::unique_ptr<SocketFolder> sockets_{};
    std::vector<std::unique_ptr<sd::SignalWatch>> signals_{};
};

} // namespace wgnl::daemon
