// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may see what of a device.
#pragma once

#include <string_view>
#include <utility>

#include "answers/authority.hpp"
#include "host/config.hpp"
#include "model/device_model.hpp"

namespace wgnl::daemon {

/// Said of a member that its caller may not see.
inline constexpr const char* not_for_everybody =
    "is shown to root, group wgnl, whom polkit's org.wgnl.wireguard1.inspect allows, and the user "
    "whose profile it is";

/// Restores a value when it goes.
template <typename T> class Restored {
public:
    Restored(T& place, T value) : place_(place), before_(std::exchange(place, value)) {}
    Restored(const Restored&) = delete;
    Restored& operator=(const Restored&) = delete;
    ~Restored() { place_ = before_; }

private:
    T& place_;
    T before_;
};

/// A declaration says for whom its device is, the configuration says it of all others.
class Access {
public:
    Access(sd_bus* bus, Trust trust, ObserveForeign foreign)
        : bus_(bus), authority_(bus, trust), foreign_(foreign) {}

    Authority& authority() { return authority_; }
    /// Whether everybody may see all of the device.
    bool is_public(const DeviceModel& device) const {
        return device.declared() ? !device.declared()->is_private
                                 : foreign_ == ObserveForeign::full;
    }
    /// Who sees all of it although it is private.
    static Viewers viewers_of(const DeviceModel& device) {
        return device.declared() ? device.declared()->viewers : Viewers{};
    }
    /// Whether this caller may, as the device is now, without a question to polkit.
    bool may_follow(const Caller& caller, const DeviceModel& device) const {
        return is_public(device) || may_inspect(caller, viewers_of(device));
    }
    /// Whether whoever is being answered may; nobody in particular when something is announced.
    bool may_read(const DeviceModel& device) const {
        if (is_public(device))
            return true;
        auto* message = asked_by_ ? asked_by_ : sd_bus_get_current_message(bus_);
        return message && !announcing_ && authority_.may_inspect(message, viewers_of(device));
    }
    /// While the result lives, may_read() is about the sender of this message.
    [[nodiscard]] Restored<sd_bus_message*> asked_by(sd_bus_message* message) {
        return {asked_by_, message};
    }
    /// While the result lives, something is announced.
    [[nodiscard]] Restored<bool> announcing() { return {announcing_, true}; }

private:
    sd_bus* bus_;
    Authority authority_;
    ObserveForeign foreign_;
    sd_bus_message* asked_by_{};
    bool announcing_{false};
};

} // namespace wgnl::daemon
