// SPDX-License-Identifier: LGPL-2.1-or-later
// MetricsServer: HTTP on sockets that were handed over, one thread, by libmicrohttpd.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sd/handle.hpp"
#include "sd/loop.hpp"
#include "text.hpp"

#include <wgnl/error.hpp>

struct MHD_Daemon;
struct MHD_Connection;

namespace wgnl::cli {

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
