// SPDX-License-Identifier: LGPL-2.1-or-later
// wgnl-networkd: declares the WireGuard devices of .netdev files to wgnld.
#include <getopt.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <sd/bus.hpp>
#include <sd/journal.hpp>
#include <sd/loop.hpp>
#include <sd/start.hpp>
#include <wgnl/text.hpp>

#include "networkd/netdev/scan.hpp"
#include "networkd/service/service.hpp"
#include "networkd/systemd/manager.hpp"

namespace {

using namespace wgnl;

constexpr const char* usage =
    "Usage: wgnl-networkd [--once] [--root DIR]\n"
    "Declares the WireGuard devices of systemd-networkd's .netdev files to wgnld.\n\n"
    "  --once       print what would be declared, without secrets, and exit\n"
    "  --root DIR   read the files below DIR instead of /\n"
    "  --version    print the version and exit\n"
    "  --help       print this and exit\n";

struct Arguments {
    networkd::Root root{};
    bool once{false};
    int exit_code{-1}; ///< not negative: exit at once
};

Arguments parse(int count, char** words) {
    static const option options[] = {{"once", no_argument, nullptr, 'o'},
                                     {"root", required_argument, nullptr, 'r'},
                                     {"version", no_argument, nullptr, 'v'},
                                     {"help", no_argument, nullptr, 'h'},
                                     {nullptr, 0, nullptr, 0}};
    Arguments arguments;
    for (int option = 0; (option = ::getopt_long(count, words, "h", options, nullptr)) != -1;) {
        if (option == 'o')
            arguments.once = true;
        else if (option == 'r')
            arguments.root = networkd::Root(optarg);
        else if (option == 'v')
            arguments.exit_code = std::puts("wgnl-networkd " WGNL_VERSION) < 0 ? 1 : 0;
        else {
            std::fputs(usage, option == 'h' ? stdout : stderr);
            arguments.exit_code = option == 'h' ? 0 : 2;
        }
    }
    return arguments;
}

void print_problems(const std::vector<Problem>& problems) {
    for (const auto& problem : problems)
        fmt::print(stderr, "{}\n", to_string(problem));
}

int print_once(const networkd::Root& root) {
    auto found = networkd::scan(root, {.ask_systemd = networkd::ask_systemd});
    print_problems(found.problems);
    for (const auto& [key, file] : found.files)
        print_problems(file.problems);
    for (auto& declaration : found.declarations) {
        hide_keys(declaration);
        print_problems(declaration.problems);
        fmt::print("{}\n", to_json(without_secrets(declaration)));
    }
    return EXIT_SUCCESS;
}

int fail_with(const Error& error) {
    sd::log({.priority = sd::Priority::error, .text = error.to_string()});
    return EXIT_FAILURE;
}

/// A folder that systemd made for the service; empty: there is none.
std::string folder_of(const char* variable) {
    const char* folder = ::secure_getenv(variable);
    return folder == nullptr || *folder != '/' ? std::string{} : std::string(folder);
}

/// Its name is that of the first release.
std::string memory_path() {
    const auto folder = folder_of("RUNTIME_DIRECTORY");
    return folder.empty() ? folder : folder + "/claims";
}

int serve(const networkd::Root& root) {
    sd::block_signals({SIGHUP, SIGTERM, SIGINT});
    auto event = sd::open_event();
    if (!event)
        return fail_with(event.error());
    auto bus = sd::open_system_bus(event->get());
    if (!bus)
        return fail_with(bus.error());
    auto leave = [loop = event->get()] { sd_event_exit(loop, 0); };
    auto terminated = sd::SignalWatch::open(event->get(), SIGTERM, leave);
    auto interrupted = sd::SignalWatch::open(event->get(), SIGINT, leave);
    auto service = networkd::Service::start(event->get(), bus->get(),
                                            {.root = root,
                                             .memory_path = memory_path(),
                                             .lists_folder = folder_of("STATE_DIRECTORY"),
                                             .ask_systemd = networkd::ask_systemd});
    if (!terminated || !interrupted || !service)
        return fail_with(!service ? service.error()
                                  : (terminated ? interrupted.error() : terminated.error()));
    sd_event_set_watchdog(event->get(), 1);
    const int code = sd_event_loop(event->get());
    return code < 0 ? EXIT_FAILURE : code;
}

} // namespace

int main(int count, char** words) {
    // A core would hold keys.
    ::prctl(PR_SET_DUMPABLE, 0);
    auto arguments = parse(count, words);
    if (arguments.exit_code >= 0)
        return arguments.exit_code;
    return arguments.once ? print_once(arguments.root) : serve(arguments.root);
}
