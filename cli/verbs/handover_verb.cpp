// SPDX-License-Identifier: LGPL-2.1-or-later
// Handing over: look, write, wait until it counts.
#include "handover_verb.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <unistd.h>

#include "handover_wait.hpp"
#include "output/diagnostics.hpp"
#include "source/source.hpp"
#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

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

} // namespace

Exit hand_over(Environment& environment, const HandoverOptions& options, const Handover& how) {
    auto bus = open_bus();
    return bus ? begin(environment, *bus, options, how) : report(environment.console, bus.error());
}

} // namespace wgnl::cli
