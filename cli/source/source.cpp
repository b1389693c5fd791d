// SPDX-License-Identifier: LGPL-2.1-or-later
// The choice between the bus and the kernel.
#include "source.hpp"

#include <ostream>

#include <fmt/format.h>
#include <unistd.h>

#include <wgnl/network_namespace.hpp>

#include "bus.hpp"
#include "sd/loop.hpp"

namespace wgnl::cli {
namespace {

Result<std::vector<DeviceView>> read_bus() {
    auto bus = Bus::open();
    if (!bus)
        return std::unexpected{bus.error()};
    return bus->devices();
}

} // namespace

bool is_elsewhere(const std::string& netns) {
    const auto named = namespace_of(netns);
    const auto here = named && *named ? Result<Namespace>(**named) : Namespace::current();
    const auto first = Namespace::open("/proc/1/ns/net");
    return named && here && first && !(*here == *first);
}

std::vector<Problem> read_file_problems(const std::string& netns) {
    auto bus = netns.empty() ? Bus::open() : fail(Errc::not_found, "", "");
    const auto found = bus ? bus->file_problems() : std::unexpected{bus.error()};
    return found.value_or(std::vector<Problem>{});
}

Error daemon_missing(const Error& reason, std::string_view instead) {
    return {Errc::not_found, "reach wgnld",
            fmt::format("it is not running and could not be started ({}); start it with "
                        "\"systemctl start wgnld\", or {}",
                        reason.detail(), instead)};
}

Microseconds realtime_now() { return std::chrono::duration_cast<Microseconds>(sd::realtime_now()); }

Result<void> complete_peers(DeviceView& device) {
    if (device.peers_listed)
        return {};
    auto bus = Bus::open();
    if (!bus)
        return std::unexpected{bus.error()};
    auto peers = bus->unlisted_peers(device.name);
    if (!peers)
        return std::unexpected{peers.error()};
    device.peers = std::move(*peers);
    return {};
}

Result<std::vector<DeviceView>> read_devices(Console& console, const std::string& netns) {
    if (!netns.empty())
        return read_kernel(netns);
    auto devices = read_bus();
    const bool elsewhere = is_elsewhere();
    const auto records = RecordStore::of(std::nullopt);
    if (devices && !elsewhere && records)
        add_applied(*devices, *records);
    if (devices && elsewhere)
        console.err << "wgnl: these are the devices of wgnld's network namespace, and this command "
                       "runs in another: \"--netns .\" shows those that are here\n";
    if (devices || devices.error().code() != Errc::not_found)
        return devices;
    if (geteuid() != 0)
        return std::unexpected{daemon_missing(
            devices.error(), "run this command as root to read the kernel without it")};
    console.err << "wgnl: wgnld is not running: this is read from the kernel, without names, "
                   "drift and problems\n";
    return read_kernel();
}

} // namespace wgnl::cli
