// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl status`, `wgnl show` and `wgnl metrics`: devices and peers, read and printed.
#include <ostream>

#include <fmt/format.h>

#include "output/render.hpp"
#include "source/source.hpp"
#include "terminal/format.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

Exit report_no_device(Console& console, const std::string& name,
                      const std::vector<DeviceView>& devices, const std::vector<Problem>& files) {
    std::string known;
    for (const auto& device : devices)
        known += (known.empty() ? "" : ", ") + device.name;
    console.err << fmt::format(
        "wgnl: there is no WireGuard device {}, live or declared ({})\n", printable(name),
        known.empty() ? "there is none at all" : printable("there are: " + known));
    console.err << files_text(files, Terminal{});
    return Exit::failed;
}

/// The device that a profile of NetworkManager, or a file, of this name is about; else empty.
std::string device_meant(const Readers& readers, const std::string& name) {
    const auto reading = readers.read_named(name);
    return reading && reading->declaration ? reading->declaration->device : std::string{};
}

/// The one that was asked for, or all.
std::vector<DeviceView> selected(const Readers& readers, const std::vector<DeviceView>& devices,
                                 const std::string& name) {
    if (name.empty())
        return devices;
    const auto* device = find_device(devices, name);
    if (!device)
        device = find_device(devices, device_meant(readers, name));
    return device ? std::vector{*device} : std::vector<DeviceView>{};
}

std::string status_text(const std::vector<DeviceView>& devices, const Terminal& terminal) {
    std::string text;
    for (const auto& device : devices)
        text += (text.empty() ? "" : "\n") + status_text(device, terminal, realtime_now());
    return text;
}

} // namespace

Exit status(Environment& environment, const StatusOptions& options) {
    auto& console = environment.console;
    const auto devices = read_devices(console, environment.netns);
    if (!devices)
        return report(console, devices.error());
    const auto files = read_file_problems(environment.netns);
    const auto shown = selected(environment.readers, *devices, options.device);
    if (shown.empty() && !options.device.empty())
        return report_no_device(console, options.device, *devices, files);
    if (options.output == Output::json) {
        console.out << to_json(shown);
        console.err << files_text(files, Terminal{});
    } else {
        console.out << (shown.empty() ? "No WireGuard devices, live or declared.\n"
                                      : status_text(shown, console.terminal));
        if (options.device.empty() && !files.empty())
            console.out << "\n" << files_text(files, console.terminal);
    }
    return Exit::done;
}

Exit show(Environment& environment, const ShowOptions& options) {
    auto& console = environment.console;
    const auto devices = read_devices(console, environment.netns);
    if (!devices)
        return report(console, devices.error());
    auto found = selected(environment.readers, *devices, options.device);
    if (found.empty())
        return report_no_device(console, options.device, *devices,
                                read_file_problems(environment.netns));
    auto& device = found.front();
    if (const auto completed = complete_peers(device); !completed)
        return report(console, completed.error());
    console.out << (options.output == Output::json
                        ? to_json(device)
                        : show_text(device, console.terminal, realtime_now()));
    return Exit::done;
}

Exit metrics(Environment& environment, const MetricsOptions& options) {
    auto& console = environment.console;
    const auto devices = read_devices(console, environment.netns);
    if (!devices)
        return report(console, devices.error());
    console.out << metrics_text(*devices, options.format, realtime_now());
    return Exit::done;
}

} // namespace wgnl::cli
