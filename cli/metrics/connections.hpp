// SPDX-License-Identifier: LGPL-2.1-or-later
// The connections of one listening socket, and when each has had enough time.
#pragma once

#include <chrono>
#include <list>
#include <optional>

#include <microhttpd.h>

namespace wgnl::cli {

/// Ends connections, libmicrohttpd closes them: its own timeout begins anew with each byte, and its
/// own limit lets whoever came first keep others out.
class Connections {
public:
    using Moment = std::chrono::nanoseconds; ///< of CLOCK_BOOTTIME

    Connections(std::size_t most, std::chrono::seconds time) : most_(most), time_(time) {}
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    /// For MHD_OPTION_NOTIFY_CONNECTION; `self` is one of these.
    static void notify(void* self, MHD_Connection* connection, void** place,
                       MHD_ConnectionNotificationCode what) noexcept;
    /// Ends those whose time is up.
    void end_late(Moment now);
    /// When the time of the next is up; absent: there is none.
    std::optional<Moment> next_deadline() const;

private:
    struct Open {
        int fd{-1};
        Moment deadline{};
    };
    using Place = std::list<Open>::iterator;
    void opened(MHD_Connection* connection, void** place);
    void end_oldest();

    std::size_t most_;
    std::chrono::seconds time_;
    std::list<Open> open_{};  ///< the oldest first
    std::list<Open> ended_{}; ///< and not yet closed
};

} // namespace wgnl::cli
