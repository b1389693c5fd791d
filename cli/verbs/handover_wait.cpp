// SPDX-License-Identifier: LGPL-2.1-or-later
// Signals of wgnld, until the device is as it was asked to be.
#include "handover_wait.hpp"

#include <chrono>

#include <fmt/format.h>

namespace wgnl::cli {
namespace {

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

} // namespace

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

} // namespace wgnl::cli
