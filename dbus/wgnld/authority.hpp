// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may do what: every decision about a caller of the bus is made here.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <wgnl/error.hpp>

#include "sd/bus.hpp"
#include "source.hpp"

namespace wgnl::daemon {

/// The user and group ids that mean something to wgnld; absent: there is no such user or group.
struct Trust {
    std::optional<uid_t> networkd{}; ///< user systemd-network
    std::optional<gid_t> readers{};  ///< group wgnl

    static Trust of_this_system();
};

/// A caller as the bus vouches for it.
struct Caller {
    uid_t uid{};
    std::string unit{};     ///< system unit of a root process; empty if unknown
    bool in_readers{false}; ///< member of group wgnl
};

/// Which declarations are the caller's; absent: it may not declare.
std::optional<Source> source_of(const Caller& caller, const Trust& trust);
/// Whether the caller may see the details of devices that are not everybody's to see.
bool may_inspect(const Caller& caller);

class Authority {
public:
    static constexpr const char* reconcile_action = "org.wgnl.wireguard1.reconcile";

    Authority(sd_bus* bus, Trust trust) : bus_(bus), trust_(trust) {}

    /// Asks the bus daemon who sent the message.
    Result<Caller> identify(sd_bus_message* message) const;
    std::optional<Source> source_of(const Caller& caller) const {
        return daemon::source_of(caller, trust_);
    }
    /// Asks polkit, without waiting; where there is no polkit the answer is no.
    void ask_polkit(const std::string& action, sd_bus_message* message,
                    std::function<void(bool)> answer);

private:
    Result<sd::MessageHandle> question(const std::string& action, sd_bus_message* message) const;

    sd_bus* bus_;
    Trust trust_;
    sd::PendingCalls questions_{};
};

} // namespace wgnl::daemon
