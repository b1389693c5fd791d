// SPDX-License-Identifier: LGPL-2.1-or-later
// Bus: the command's side of org.wgnl.WireGuard1 on the system bus.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sd/bus.hpp"
#include "sd/handle.hpp"
#include "view.hpp"

#include <wgnl/error.hpp>

namespace wgnl::cli {

/// A connection to the system bus. An error of code `not_found` means throughout that nobody
/// serves org.wgnl.WireGuard1 and that it cannot be activated.
class Bus {
public:
    static Result<Bus> open();

    /// Every device with its peers, sorted by name.
    Result<std::vector<DeviceView>> devices();
    /// The peers of a device that has too many for devices() to list them.
    Result<std::vector<PeerView>> unlisted_peers(const std::string& device);
    /// Asks wgnld to compare and repair; empty: all devices. May ask for a password by polkit.
    Result<void> reconcile(const std::string& device);

    /// Has NetworkManager read its configuration files again, if it runs.
    Result<void> reload_network_manager();

    /// From now on signals of wgnld, and its coming and going, end wait_signal().
    Result<void> watch();
    /// Waits for the next signal, or until `timeout` (absent: forever) has passed: then false.
    Result<bool> wait_signal(std::optional<Microseconds> timeout);

private:
    explicit Bus(sd::BusHandle bus) noexcept : bus_(std::move(bus)) {}
    Result<void> add_match(const std::string& rule);
    Result<bool> drain_signals();

    sd::BusHandle bus_;
    std::vector<std::unique_ptr<sd::Callback>> matches_{};
    std::unique_ptr<bool> signalled_{std::make_unique<bool>(false)}; ///< stays when the Bus moves
};

} // namespace wgnl::cli
