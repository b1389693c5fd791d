// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl wait`: until peers are established, woken by D-Bus signals.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "output/render.hpp"
#include "source/bus.hpp"
#include "terminal/format.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

std::uint64_t count_of(const DeviceView& device, const std::string& state) {
    const auto found = device.state_counts.find(state);
    return found == device.state_counts.end() ? 0 : found->second;
}

std::string missing_of_device(bool all, const DeviceView& device) {
    const auto established = count_of(device, "established");
    if (established > 0 && (!all || established == device.peer_count))
        return {};
    if (device.peer_count == 0)
        return fmt::format("{} has no peers", device.name);
    return fmt::format("{} of {} is established ({})", all ? "not every peer" : "no peer",
                       device.name, counts_text(device.state_counts));
}

class Waiting {
public:
    Waiting(Bus& bus, const WaitOptions& options) : bus_(bus), options_(options) {}
    /// What was missing when the time was up; empty: nothing.
    Result<std::string> run();

private:
    Result<std::string> look();
    Result<std::optional<PeerView>> look_for_peer();

    Bus& bus_;
    const WaitOptions& options_;
};

/// Of a device that nobody has declared yet, peers may not be for us to see: not yet.
Result<std::optional<PeerView>> Waiting::look_for_peer() {
    auto peer = bus_.peer(options_.device, options_.peer);
    if (!peer && peer.error().code() == Errc::permission_denied)
        return PeerView{.state =
                            "for root and group wgnl to see, while nobody declares the device"};
    return peer;
}

/// wgnld may not be there yet: that is something to wait for, not an error.
Result<std::string> Waiting::look() {
    const auto device = bus_.device(options_.device);
    if (!device && device.error().code() == Errc::not_found)
        return "wgnld is not running";
    if (!device)
        return std::unexpected{device.error()};
    std::optional<PeerView> peer;
    if (*device && !options_.peer.empty()) {
        auto found = look_for_peer();
        if (!found && found.error().code() == Errc::not_found)
            return "wgnld is not running";
        if (!found)
            return std::unexpected{found.error()};
        peer = std::move(*found);
    }
    return missing(options_, *device, peer);
}

/// A clock that nobody sets.
Microseconds steady_now() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<Microseconds>(now);
}

/// What is left of a timeout that began then; absent: as long as it takes.
std::optional<Microseconds> left_of(const std::optional<Microseconds>& timeout,
                                    Microseconds begin) {
    if (!timeout)
        return std::nullopt;
    return std::max(begin + *timeout - steady_now(), Microseconds{});
}

Result<std::string> Waiting::run() {
    const auto begin = steady_now();
    for (;;) {
        auto lacking = look();
        if (!lacking || lacking->empty())
            return lacking;
        const auto signalled = bus_.wait_signal(left_of(options_.timeout, begin));
        if (!signalled)
            return std::unexpected{signalled.error()};
        if (!*signalled)
            return lacking;
    }
}

} // namespace

std::string missing(const WaitOptions& options, const std::optional<DeviceView>& device,
                    const std::optional<PeerView>& peer) {
    if (!device)
        return fmt::format("there is no WireGuard device {}", options.device);
    if (options.peer.empty())
        return missing_of_device(options.all_peers, *device);
    if (!peer)
        return fmt::format("{} has no peer {}", options.device, options.peer);
    if (peer->state == "established")
        return {};
    return fmt::format("peer {} of {} is {}", options.peer, options.device, peer->state);
}

Exit wait(Environment& environment, const WaitOptions& options) {
    auto& console = environment.console;
    auto bus = Bus::open();
    if (!bus)
        return report(console, bus.error());
    if (const auto watched = bus->watch(options.device); !watched)
        return report(console, watched.error());
    const auto lacking = Waiting{*bus, options}.run();
    if (!lacking)
        return report(console, lacking.error());
    if (lacking->empty())
        return Exit::done;
    console.err << fmt::format("wgnl: not established in time: {}\n", printable(*lacking));
    return Exit::timed_out;
}

} // namespace wgnl::cli
