// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl adopt` and `wgnl release`: a device from systemd-networkd to wgnl and back, without
// touching a peer. Look, write, wait until the adapter has noticed.
#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "handover.hpp"
#include "output/diagnostics.hpp"
#include "source/bus.hpp"
#include "source/source.hpp"
#include "terminal/format.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

/// In what the two differ.
struct Handover {
    std::string verb;    ///< "adopt"
    std::string mode;    ///< that the device is to be in
    std::string already; ///< said where there is nothing to do
    Result<std::vector<FileStep>> (*steps)(const std::string&, const DeviceView*,
                                           const HandoverPlace&);
    std::string (*what_follows)(const std::string& device);
};

constexpr std::chrono::seconds patience{30};

bool has_error(const DeviceView& device) {
    for (const auto& problem : device.problems)
        if (problem.severity == Severity::error)
            return true;
    return false;
}

/// Applied, or refused with a reason.
bool is_settled(const DeviceView& device, const std::string& mode) {
    return device.mode == mode && (device.in_sync.value_or(false) || has_error(device));
}

/// The device once it is in this mode and applied, or once half a minute has passed (`system`).
Result<DeviceView> await_mode(Bus& bus, const std::string& device, const std::string& mode,
                              const std::string& operation) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto devices = bus.devices();
        if (!devices)
            return std::unexpected{devices.error()};
        const auto* view = find_device(*devices, device);
        const auto left = end - std::chrono::steady_clock::now();
        if (view && (is_settled(*view, mode) || (left.count() <= 0 && view->mode == mode)))
            return *view;
        if (left.count() <= 0)
            return fail(Errc::system, operation,
                        fmt::format("wgnl-networkd has not taken notice within {} s; see "
                                    "\"systemctl status wgnl-networkd\"",
                                    patience.count()));
        const auto signalled =
            bus.wait_signal(std::chrono::duration_cast<Microseconds>(left) + Microseconds{1});
        if (!signalled)
            return std::unexpected{signalled.error()};
    }
}

Result<Bus> open_bus() {
    auto bus = Bus::open();
    if (bus)
        if (auto watched = bus->watch(); !watched)
            return std::unexpected{watched.error()};
    return bus;
}

Error in_words(const Error& error) {
    return error.code() == Errc::not_found && error.operation().starts_with("ask")
               ? daemon_missing(error, "write the files yourself, see wgnl(1)")
               : error;
}

Result<std::vector<FileStep>> find_steps(Bus& bus, const std::string& device, const Handover& how) {
    const auto devices = bus.devices();
    if (!devices)
        return std::unexpected{in_words(devices.error())};
    return how.steps(device, find_device(*devices, device), HandoverPlace{});
}

/// A NetworkManager that does not run has nothing to be told.
void tell_network_manager(Bus& bus, const std::vector<FileStep>& steps, Console& console) {
    const auto concerns = [](const FileStep& step) {
        return step.path.string().contains("NetworkManager");
    };
    if (std::ranges::none_of(steps, concerns))
        return;
    if (const auto told = bus.reload_network_manager(); !told)
        console.err << "wgnl: " << printable(told.error().to_string())
                    << "; \"nmcli general reload conf\" makes it read its configuration\n";
}

Exit finish(Environment& environment, Bus& bus, const std::string& device, const Handover& how) {
    auto& console = environment.console;
    const auto view = await_mode(bus, device, how.mode, how.verb + " " + device);
    if (!view)
        return report(console, view.error());
    Diagnostics diagnostics{console.err, console.terminal};
    for (const auto& problem : view->problems)
        diagnostics.print(problem);
    console.out << how.what_follows(device);
    return diagnostics.errors() > 0 ? Exit::failed : Exit::done;
}

Exit begin(Environment& environment, Bus& bus, const HandoverOptions& options,
           const Handover& how) {
    auto& console = environment.console;
    const auto steps = find_steps(bus, options.device, how);
    if (!steps)
        return report(console, steps.error());
    if (steps->empty()) {
        console.out << options.device << ' ' << how.already << '\n';
        return Exit::done;
    }
    if (options.dry_run) {
        print_steps(console.out, *steps);
        return Exit::done;
    }
    if (const auto done = carry_out(*steps, how.verb + " " + options.device); !done)
        return report(console, done.error());
    tell_network_manager(bus, *steps, console);
    return finish(environment, bus, options.device, how);
}

Exit hand_over(Environment& environment, const HandoverOptions& options, const Handover& how) {
    auto bus = open_bus();
    return bus ? begin(environment, *bus, options, how) : report(environment.console, bus.error());
}

std::string what_follows_adoption(const std::string& device) {
    return fmt::format("{0} belongs to wgnl now. systemd-networkd passes its .netdev over from its "
                       "next reload or restart on, and goes on with its .network.\n",
                       device);
}

std::string what_follows_release(const std::string& device) {
    return fmt::format(
        "{0} is no longer wgnl's: its peers are kept in step with the file, device and addresses "
        "stay. systemd-networkd takes it at its next restart (\"systemctl restart "
        "systemd-networkd\"), which begins its sessions anew; a reload alone says \"Failed to "
        "create netdev: File exists\" and changes nothing.\n",
        device);
}

} // namespace

Exit adopt(Environment& environment, const HandoverOptions& options) {
    return hand_over(environment, options,
                     {.verb = "adopt",
                      .mode = "own",
                      .already = "belongs to wgnl already",
                      .steps = adoption_of,
                      .what_follows = what_follows_adoption});
}

Exit release(Environment& environment, const HandoverOptions& options) {
    return hand_over(environment, options,
                     {.verb = "release",
                      .mode = "sync",
                      .already = "does not belong to wgnl",
                      .steps = release_of,
                      .what_follows = what_follows_release});
}

} // namespace wgnl::cli
