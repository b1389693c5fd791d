// SPDX-License-Identifier: LGPL-2.1-or-later
// MetricsServer: HTTP on sockets that were handed over, one thread, by libmicrohttpd; and the
// connections of each, and when each has had enough time.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <microhttpd.h>

#include "sd/handle.hpp"
#include "sd/loop.hpp"
#include "text.hpp"

#include <wgnl/error.hpp>
#include <wgnl/state.hpp>

namespace wgnl::cli {

/// Ends connections, libmicrohttpd closes them: its own timeout begins anew with each byte, and its
/// own limit lets whoever came first keep others out.
class Connections {
public:
    Connections(std::size_t most, std::chrono::seconds time) : most_(most), time_(time) {}
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    /// For MHD_OPTION_NOTIFY_CONNECTION; `self` is one of these.
    static void notify(void* self, MHD_Connection* connection, void** place,
                       MHD_ConnectionNotificationCode what) noexcept;
    /// Ends those whose time is up.
    void end_late(Boottime now);
    /// When the time of the next is up; absent: there is none.
    std::optional<Boottime> next_deadline() const;

private:
    struct Open {
        int fd{-1};
        Boottime deadline{};
    };
    using Position = std::list<Open>::iterator;
    void opened(MHD_Connection* connection, void** place);
    void end_oldest();

    std::size_t most_;
    std::chrono::seconds time_;
    std::list<Open> open_{};  ///< the oldest first
    std::list<Open> ended_{}; ///< and not yet closed
};

class MetricsServer {
public:
    struct Limits {
        std::chrono::seconds idle{30}; ///< ends after this long without a connection
        /// From its first byte until it has its answer, a connection has this long, however often
        /// it says something.
        std::chrono::seconds request{10};
        /// At a time, of each socket: one more takes the place of the one that has waited longest.
        unsigned connections{64};
        /// Names that requests may be addressed to, beside addresses and localhost.
        std::vector<std::string> hosts{};
    };
    /// The page in that format, or why there is none.
    using Render = std::function<Result<std::string>(MetricsFormat)>;

    /// Serves the listening sockets, which it takes over, in the loop.
    static Result<std::unique_ptr<MetricsServer>>
    open(sd_event* event, const std::vector<int>& listeners, const Limits& limits, Render render);
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;
    ~MetricsServer();

private:
    struct Listener;
    MetricsServer(sd_event* event, const Limits& limits, Render render);
    Result<void> start(const std::vector<int>& listeners);
    Result<void> listen(int fd);
    /// Lets libmicrohttpd do what is to be done, and finds out when it wants to again.
    void turn();
    int answer(MHD_Connection* connection, const std::string& path, const std::string& method);
    bool is_for_us(MHD_Connection* connection) const;

    sd_event* event_;
    Limits limits_;
    Render render_;
    std::unique_ptr<sd::Timer> again_{};
    std::unique_ptr<sd::Timer> idle_{};
    std::vector<std::unique_ptr<Listener>> listeners_{};
};

} // namespace wgnl::cli
