// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl wait`: until peers are established, woken by D-Bus signals.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "bus.hpp"
#include "wait_condition.hpp"

namespace wgnl::cli {
namespace {

/// wgnld may not be there yet: that is something to wait for, not an error.
Result<bool> look(Bus& bus, const WaitOptions& options) {
    const auto devices = bus.devices();
    if (devices)
        return is_fulfilled(options, *devices);
    if (devices.error().code() == Errc::not_found)
        return false;
    return std::unexpected{devices.error()};
}

/// A clock that nobody sets.
Microseconds steady_now() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<Microseconds>(now);
}

std::optional<Microseconds> left_until(const std::optional<Microseconds>& deadline) {
    if (!deadline)
        return std::nullopt;
    return std::max(*deadline - steady_now(), Microseconds{});
}

/// False when the time was up.
Result<bool> wait_until_fulfilled(Bus& bus, const WaitOptions& options) {
    const auto deadline =
        options.timeout ? std::optional{steady_now() + *options.timeout} : std::nullopt;
    for (;;) {
        if (const auto fulfilled = look(bus, options); !fulfilled || *fulfilled)
            return fulfilled;
        if (const auto signalled = bus.wait_signal(left_until(deadline)); !signalled || !*signalled)
            return signalled;
    }
}

} // namespace

bool is_fulfilled(const WaitOptions& options, const std::vector<DeviceView>& devices) {
    const auto established = [](const PeerView& peer) { return peer.state == "established"; };
    const auto* device = find_device(devices, options.device);
    if (!device)
        return false;
    if (options.all_peers)
        return !device->peers.empty() && std::ranges::all_of(device->peers, established);
    if (options.peer.empty())
        return std::ranges::any_of(device->peers, established);
    const auto* peer = device->find_peer(options.peer);
    return peer && established(*peer);
}

Exit wait(Environment& environment, const WaitOptions& options) {
    auto& console = environment.console;
    auto bus = Bus::open();
    if (!bus)
        return report(console, bus.error());
    if (const auto watched = bus->watch(); !watched)
        return report(console, watched.error());
    const auto fulfilled = wait_until_fulfilled(*bus, options);
    if (!fulfilled)
        return report(console, fulfilled.error());
    if (*fulfilled)
        return Exit::done;
    console.err << fmt::format("wgnl: {}: not established in time; \"wgnl status {}\" shows more\n",
                               options.peer.empty() ? options.device : options.peer,
                               options.device);
    return Exit::timed_out;
}

} // namespace wgnl::cli
