// SPDX-License-Identifier: LGPL-2.1-or-later
// Bus: the command's side of org.wgnl.WireGuard1 on the system bus.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus_news.hpp"
#include "bus_value.hpp"
#include "sd/bus.hpp"
#include "sd/handle.hpp"
#include "view.hpp"

#include <wgnl/error.hpp>

namespace wgnl::cli {

/// Whether a question may have the bus start wgnld.
enum class Start { may, never };

/// A connection to the system bus. An error of code `not_found` means throughout that nobody
/// serves org.wgnl.WireGuard1, and that it cannot be activated or should not be.
class Bus {
public:
    static Result<Bus> open();

    /// How long an answer may take; without, what sd-bus thinks.
    void be_patient_for(Microseconds time);

    /// Every object with its properties, as far as they are listed and for this caller.
    Result<ManagedObjects> objects(Start start = Start::may);
    /// Every device with its peers, sorted by name, with figures as fresh as wgnld gives them.
    Result<std::vector<DeviceView>> devices(Start start = Start::may);
    /// The names of all devices, sorted.
    Result<std::vector<std::string>> device_names(Start start = Start::may);
    /// What the adapters find wrong with files that are no device's.
    Result<std::vector<Problem>> file_problems();
    /// One device without its peers; absent: there is none.
    Result<std::optional<DeviceView>> device(const std::string& name);
    /// One peer by name or public key; absent: there is none. `permission_denied`: the device's
    /// details are not for this caller.
    Result<std::optional<PeerView>> peer(const std::string& device, const std::string& name_or_key);
    /// The peers of a device that has too many for devices() to list them.
    Result<std::vector<PeerView>> unlisted_peers(const std::string& device);
    /// Asks wgnld to compare and repair; empty: all devices. May ask for a password by polkit.
    Result<void> reconcile(const std::string& device);

    /// Has NetworkManager read its configuration files again, if it runs.
    Result<void> reload_network_manager();

    /// From now on signals of wgnld, and its coming and going, end wait_signal(); with a device,
    /// only its signals, those of its peers, and those of objects that come and go.
    Result<void> watch(const std::string& device = {});
    /// Waits for the next signal, or until `timeout` (absent: forever) has passed: then false.
    Result<bool> wait_signal(std::optional<Microseconds> timeout);

    /// From now on `heard` is given what wgnld says, and its coming and going; see attach().
    Result<void> listen(std::function<void(const BusNews&)> heard);
    /// Has the loop take in what arrives; it ends with status 1 when the connection does.
    Result<void> attach(sd_event* event);

private:
    explicit Bus(sd::BusHandle bus) noexcept : bus_(std::move(bus)) {}
    Result<void> add_match(const std::string& rule, sd::Callback::Function function);
    Result<bool> drain_signals();

    sd::BusHandle bus_;
    std::vector<std::unique_ptr<sd::Callback>> matches_{};
    std::unique_ptr<bool> signalled_{std::make_unique<bool>(false)}; ///< stays when the Bus moves
};

} // namespace wgnl::cli
