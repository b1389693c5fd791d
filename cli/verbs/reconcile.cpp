// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl reconcile`: asks the daemon to compare and repair now.
#include "source/bus.hpp"
#include "source/source.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

Result<void> ask(const std::string& device) {
    auto bus = Bus::open();
    if (!bus)
        return std::unexpected{bus.error()};
    return bus->reconcile(device);
}

} // namespace

Exit reconcile(Environment& environment, const ReconcileOptions& options) {
    const auto asked = ask(options.device);
    if (asked)
        return Exit::done;
    if (asked.error().code() != Errc::not_found)
        return report(environment.console, asked.error());
    return report(environment.console,
                  daemon_missing(asked.error(), "use \"wgnl apply FILE\", which does without it"));
}

} // namespace wgnl::cli
