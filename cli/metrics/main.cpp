// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnl-metrics: parse arguments, take over the sockets, run.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

#include <getopt.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "base/text.hpp"
#include "sd/start.hpp"
#include "server.hpp"
#include "source/bus.hpp"

namespace {

using namespace wgnl;

constexpr const char* usage =
    "wgnl-metrics [--idle SECONDS] [--host NAME]...\n"
    "\n"
    "Serves metrics of WireGuard devices by HTTP, on sockets that the service manager hands over.\n"
    "\n"
    "  --idle SECONDS  end after this long without a connection (default 30)\n"
    "  --host NAME     answer requests that are addressed to this name, too, beside addresses and\n"
    "                  localhost; may be given several times\n"
    "  --version       print the version\n"
    "  --help          print this\n";
constexpr int usage_error = 2;
/// Whoever scrapes gives up sooner or later; wgnld answers at once.
constexpr std::chrono::seconds patience{5};

std::optional<std::chrono::seconds> seconds(const char* text) {
    constexpr unsigned longest = 86400;
    const auto number = whole_number<unsigned>(text).value_or(0);
    if (number == 0 || number > longest)
        return std::nullopt;
    return std::chrono::seconds{number};
}

/// A look at the metrics does not start what an administrator has stopped.
Result<std::string> page(cli::MetricsFormat format) {
    auto bus = cli::Bus::open();
    if (!bus)
        return std::unexpected{bus.error()};
    bus->be_patient_for(patience);
    const auto devices = bus->devices(cli::Start::never);
    if (!devices && devices.error().code() == Errc::not_found)
        return fail(Errc::not_found, "ask wgnld for its devices",
                    "wgnld is not running; start it with \"systemctl start wgnld\"");
    if (!devices)
        return std::unexpected{devices.error()};
    const auto now = std::chrono::duration_cast<cli::Microseconds>(sd::realtime_now());
    return cli::metrics_text(*devices, format, now);
}

Result<std::vector<int>> sockets() {
    constexpr const char* operation = "take over sockets";
    const int count = sd_listen_fds(1);
    if (count <= 0)
        return fail(Errc::invalid_argument, operation,
                    "none was handed over; this program is started by wgnl-metrics.socket");
    std::vector<int> found;
    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd) {
        if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
            return fail(Errc::invalid_argument, operation,
                        "what was handed over is not a listening stream socket (Accept=no)");
        found.push_back(fd);
    }
    return found;
}

Result<int> run(const cli::MetricsServer::Limits& limits) {
    const auto listeners = sockets();
    if (!listeners)
        return std::unexpected{listeners.error()};
    sd::block_signals({SIGINT, SIGTERM});
    std::signal(SIGPIPE, SIG_IGN);
    const auto event = sd::open_event();
    if (!event)
        return std::unexpected{event.error()};
    for (const int signal : {SIGINT, SIGTERM})
        sd_event_add_signal(event->get(), nullptr, signal, nullptr, nullptr); // ends the loop
    const auto server = cli::MetricsServer::open(event->get(), *listeners, limits, page);
    if (!server)
        return std::unexpected{server.error()};
    sd_notify(0, "READY=1");
    return sd_event_loop(event->get());
}

int reported(const Result<int>& done) {
    if (done)
        return *done < 0 ? 1 : *done;
    std::fprintf(stderr, "wgnl-metrics: %s\n", done.error().to_string().c_str());
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    static const option known[] = {{"idle", required_argument, nullptr, 'i'},
                                   {"host", required_argument, nullptr, 'n'},
                                   {"version", no_argument, nullptr, 'v'},
                                   {"help", no_argument, nullptr, 'h'},
                                   {}};
    cli::MetricsServer::Limits limits;
    for (int found = 0; (found = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
        const auto idle = found == 'i' ? seconds(optarg) : std::nullopt;
        if (idle)
            limits.idle = *idle;
        else if (found == 'n')
            limits.hosts.emplace_back(optarg);
        else if (found == 'v')
            return std::puts("wgnl-metrics " WGNL_VERSION) < 0;
        else if (found == 'h')
            return std::fputs(usage, stdout) < 0;
        else
            return std::fputs(usage, stderr), usage_error;
    }
    if (optind < argc)
        return std::fputs(usage, stderr), usage_error;
    return reported(run(limits));
}
