// SPDX-License-Identifier: LGPL-2.1-or-later
// Who somebody is on the bus, and what they may see and declare.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <wgnl/error.hpp>

#include "model/source.hpp"
#include "polkit.hpp"
#include "sd/bus.hpp"
#include "sd/loop.hpp"

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
    std::uint32_t pid{};    ///< 0: unknown
    std::string unit{};     ///< system unit of a root process; empty if unknown
    bool in_readers{false}; ///< member of group wgnl
};

/// Which declarations are the caller's; absent: it may not declare.
std::optional<Source> source_of(const Caller& caller, const Trust& trust);
/// Users that see what a private device has, beside those who see all of them.
using Viewers = std::vector<uid_t>;
/// Whether the caller may see the details of devices that are not everybody's to see.
bool may_inspect(const Caller& caller, const Viewers& viewers = {});

class Authority {
public:
    static constexpr const char* reconcile_action = "org.wgnl.wireguard1.reconcile";
    static constexpr const char* inspect_action = "org.wgnl.wireguard1.inspect";
    /// How long polkit's answer about inspecting holds for the connection that it was about.
    static constexpr std::chrono::seconds yes_holds{10};
    static constexpr std::chrono::seconds no_holds{1};
    static constexpr std::size_t most_remembered = 1024;
    /// Messages of one connection that wait until it is known who it is: an adapter that starts
    /// sends thousands, and is answered NotReady from here on.
    static constexpr std::size_t most_unidentified = 1024;
    /// How long the answer about a sender is waited for at first, twice as long each time after,
    /// and how often it is asked for.
    static constexpr std::chrono::seconds first_deadline{1};
    static constexpr unsigned most_tries = 5;

    Authority(sd_bus* bus, Trust trust) : bus_(bus), trust_(trust), polkit_(bus) {}

    using Identified = std::function<void(const Result<Caller>&)>;

    /// Asks the bus daemon who sent the message, without waiting, once per connection: `then` is
    /// called at once if that is known. Of one sender's messages, the first is answered first.
    /// Errc::interrupted if no answer came after some half a minute of asking, or if too many of
    /// the sender's wait.
    void identify(sd_bus_message* message, Identified then);
    std::optional<Source> source_of(const Caller& caller) const {
        return daemon::source_of(caller, trust_);
    }
    /// Whether the sender may see what is not everybody's to see, as far as is known by now.
    bool may_inspect(sd_bus_message* message, const Viewers& viewers) const;
    /// Whether the sender may; the bus daemon and polkit are asked, without waiting, if they have
    /// to be. `answer` may be called at once.
    void ask_to_inspect(sd_bus_message* message, Viewers viewers, Polkit::Decided answer);
    /// Asks polkit, as Polkit::ask() does.
    void ask_polkit(const std::string& action, sd_bus_message* message, Polkit::Decided answer);
    std::size_t waiting_for_polkit() const { return polkit_.waiting(); }

private:
    struct RememberedDecision {
        bool yes{};
        Boottime until{};
    };
    /// Polkit's last answer about inspecting, while it holds.
    std::optional<bool> remembered(const std::string& sender) const;
    void remember(const std::string& sender, bool yes);
    using Ask = std::function<Result<sd::MessageHandle>()>;
    void ask_about(const std::string& sender, const Ask& ask, const sd::Callback::Function& read,
                   unsigned tries = 0);
    void take_caller(const std::string& sender, const Result<Caller>& caller);
    void ask_unit(const std::string& sender, const Caller& caller);
    Result<Caller> read_caller(sd_bus_message* reply) const;
    void ask_about_inspecting(sd_bus_message* message, const Viewers& viewers,
                              const Polkit::Decided& answer);

    sd_bus* bus_;
    Trust trust_;
    // By unique name, which the bus never gives to a second connection.
    std::unordered_map<std::string, Caller> callers_{};
    std::unordered_map<std::string, std::vector<Identified>> waiting_{};
    std::unordered_map<std::string, RememberedDecision> decisions_{};
    Polkit polkit_;
    sd::PendingCalls questions_{};
};

} // namespace wgnl::daemon
