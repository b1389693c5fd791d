// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl metrics`: what is read, as metrics.
#include <ostream>

#include "source/source.hpp"
#include "verbs.hpp"

namespace wgnl::cli {

Exit metrics(Environment& environment, const MetricsOptions& options) {
    auto& console = environment.console;
    const auto devices = read_devices(console, environment.netns);
    if (!devices)
        return report(console, devices.error());
    console.out << metrics_text(*devices, options.format, realtime_now());
    return Exit::done;
}

} // namespace wgnl::cli
