// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnl-nm: declares NetworkManager's active WireGuard profiles to wgnld.
#include <getopt.h>
#include <malloc.h>
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <glib-unix.h>
#include <sd/journal.hpp>
#include <systemd/sd-daemon.h>

#include "nm/service/service.hpp"

namespace {

using namespace wgnl;

constexpr const char* usage =
    "Usage: wgnl-nm [--once]\n"
    "Declares the active WireGuard profiles of NetworkManager to wgnld.\n\n"
    "  --once       print what would be declared, without secrets, and exit\n"
    "  --version    print the version and exit\n"
    "  --help       print this and exit\n";

struct Arguments {
    bool once{false};
    int exit_code{-1}; ///< not negative: exit at once
};

Arguments parse(int count, char** words) {
    static const option options[] = {{"once", no_argument, nullptr, 'o'},
                                     {"version", no_argument, nullptr, 'v'},
                                     {"help", no_argument, nullptr, 'h'},
                                     {nullptr, 0, nullptr, 0}};
    Arguments arguments;
    for (int option = 0; (option = ::getopt_long(count, words, "h", options, nullptr)) != -1;) {
        if (option == 'o')
            arguments.once = true;
        else if (option == 'v')
            arguments.exit_code = std::puts("wgnl-nm " WGNL_VERSION) < 0 ? 1 : 0;
        else {
            std::fputs(usage, option == 'h' ? stdout : stderr);
            arguments.exit_code = option == 'h' ? 0 : 2;
        }
    }
    return arguments;
}

/// GLib and libnm free texts of secrets without wiping them: what is freed is overwritten.
void wipe_what_is_freed() { ::mallopt(M_PERTURB, 0x5a); }

struct Running {
    GMainLoop* loop;
    int code{EXIT_SUCCESS};
};

gboolean leave(gpointer running) noexcept {
    g_main_loop_quit(static_cast<Running*>(running)->loop);
    return G_SOURCE_CONTINUE;
}

gboolean reread(gpointer service) noexcept {
    static_cast<nm::Service*>(service)->reread();
    return G_SOURCE_CONTINUE;
}

gboolean feed_watchdog(gpointer) noexcept {
    sd_notify(0, "WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

/// sd-event does so by itself; GLib's main loop knows no watchdog. Twice as often as is asked.
void start_watchdog() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) > 0)
        g_timeout_add(std::max(1U, static_cast<guint>(microseconds / 2000)), feed_watchdog,
                      nullptr);
}

void log_error(const std::string& text) {
    sd::log({.priority = sd::Priority::error, .text = text});
}

void on_closed(GDBusConnection*, gboolean, GError*, gpointer data) noexcept {
    auto* running = static_cast<Running*>(data);
    log_error("the system bus closed the connection");
    running->code = EXIT_FAILURE;
    g_main_loop_quit(running->loop);
}

int serve(GDBusConnection* bus) {
    Running running{g_main_loop_new(nullptr, FALSE)};
    nm::Service service(bus);
    g_signal_connect(bus, "closed", G_CALLBACK(on_closed), &running);
    g_unix_signal_add(SIGTERM, leave, &running);
    g_unix_signal_add(SIGINT, leave, &running);
    g_unix_signal_add(SIGHUP, reread, &service);
    start_watchdog();
    g_main_loop_run(running.loop);
    g_main_loop_unref(running.loop);
    return running.code;
}

} // namespace

int main(int count, char** words) {
    // A core would hold keys.
    ::prctl(PR_SET_DUMPABLE, 0);
    wipe_what_is_freed();
    auto arguments = parse(count, words);
    if (arguments.exit_code >= 0)
        return arguments.exit_code;
    auto bus = nm::open_system_bus();
    if (!bus) {
        log_error(bus.error().to_string());
        return EXIT_FAILURE;
    }
    return arguments.once ? nm::print_once(bus->get()) : serve(bus->get());
}
