// SPDX-License-Identifier: LGPL-2.1-or-later
// Answers that grow with the number of peers: one at a time, in pieces, and only as fast as they
// are read.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <systemd/sd-bus.h>

#include "authority.hpp"
#include "backlog.hpp"
#include "bus_errors.hpp"
#include "sd/loop.hpp"

namespace wgnl::daemon {

/// How one large answer is written.
struct LargeAnswer {
    /// Goes on; true: it was answered.
    using Step = std::function<bool()>;
    std::uint64_t weight{}; ///< about how many bytes it will have, rather more
    std::function<Step()> begin{};
};

/// Users take turns. Whoever has no room in the Backlog waits a while for it, then is told so; who
/// has many answers written pays with time, so that nobody takes more than a share of the bus
/// thread.
class LargeAnswers {
public:
    /// Of this weight, or less, an answer is given at once.
    static constexpr std::uint64_t not_large = 4096;
    static constexpr std::size_t most_of_connection = 128; ///< that wait; dbus-daemon's own limit
    static constexpr std::size_t most_of_user = 512;
    static constexpr std::size_t most = 2048; ///< of all users but root
    static constexpr std::chrono::nanoseconds patience = std::chrono::seconds(10);
    /// So many times as long as an answer took its user waits for the next one; root does not.
    static constexpr int rest = 4;
    static constexpr std::chrono::nanoseconds longest_rest = std::chrono::seconds(1);

    static Result<std::unique_ptr<LargeAnswers>> open(sd_bus* bus, sd_event* event,
                                                      Authority& authority, Backlog& backlog);
    LargeAnswers(const LargeAnswers&) = delete;
    LargeAnswers& operator=(const LargeAnswers&) = delete;

    /// Answers the message when its turn has come, or says why not.
    void add(const SharedMessage& message, LargeAnswer answer);

private:
    struct Waiting {
        SharedMessage message{};
        std::string connection{};
        uid_t user{};
        LargeAnswer answer{};
        Boottime until{};
    };
    using Queue = std::list<Waiting>;
    struct Writing {
        Waiting who{};
        LargeAnswer::Step step{};
        std::chrono::nanoseconds cost{};
    };

    LargeAnswers(sd_bus* bus, Authority& authority, Backlog& backlog)
        : bus_(bus), authority_(authority), backlog_(backlog) {}
    void enqueue(const SharedMessage& message, uid_t user, LargeAnswer answer);
    bool has_place(const std::string& connection, uid_t user) const;
    void work();
    void go_on();
    void begin_next();
    void give_up(Boottime now);
    bool is_resting(uid_t user, Boottime now);
    bool may_begin(const Waiting& waiting);
    std::optional<Queue::iterator> next(Boottime now);

    sd_bus* bus_;
    Authority& authority_;
    Backlog& backlog_;
    Queue waiting_{}; ///< in the order in which they came
    std::optional<Writing> writing_{};
    uid_t served_{}; ///< last
    std::map<uid_t, Boottime> resting_{};
    std::unique_ptr<sd::DeferredCall> turn_{};
    std::unique_ptr<sd::Timer> timer_{};
};

} // namespace wgnl::daemon
