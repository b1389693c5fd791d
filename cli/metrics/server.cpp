// SPDX-License-Identifier: LGPL-2.1-or-later
// libmicrohttpd in sd-event: its epoll descriptor is watched, its timeouts are a timer.
#include "server.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <microhttpd.h>
#include <unistd.h>

#include "negotiation.hpp"
#include "sd/start.hpp"

namespace wgnl::cli {
namespace {

/// A request line and its headers; nothing that is asked for here is longer.
constexpr std::size_t request_memory = 16'384;

using DaemonHandle = sd::Handle<MHD_Daemon, MHD_stop_daemon>;
using ResponseHandle = sd::Handle<MHD_Response, MHD_destroy_response>;

struct Answer {
    unsigned status{MHD_HTTP_OK};
    std::string type{"text/plain; charset=utf-8"};
    std::string body{};
    const char* allow{nullptr};
};

int send(MHD_Connection* connection, Answer answer) {
    const ResponseHandle response{MHD_create_response_from_buffer(
        answer.body.size(), answer.body.data(), MHD_RESPMEM_MUST_COPY)};
    if (!response)
        return MHD_NO;
    const auto header = [&](const char* name, const char* value) {
        MHD_add_response_header(response.get(), name, value);
    };
    header(MHD_HTTP_HEADER_CONTENT_TYPE, answer.type.c_str());
    header(MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    header("X-Content-Type-Options", "nosniff");
    // Between two scrapes nobody is to be kept waiting for the next.
    header(MHD_HTTP_HEADER_CONNECTION, "close");
    if (answer.allow)
        header(MHD_HTTP_HEADER_ALLOW, answer.allow);
    return MHD_queue_response(connection, answer.status, response.get());
}

std::string_view header_of(MHD_Connection* connection, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value ? value : "";
}

Answer metrics(const MetricsServer::Render& render, MetricsFormat format) {
    auto page = render(format);
    if (!page)
        return {.status = MHD_HTTP_SERVICE_UNAVAILABLE,
                .body = "wgnl-metrics: " + page.error().to_string() + "\n"};
    return {.type = std::string{content_type(format)}, .body = *std::move(page)};
}

std::unexpected<Error> failed(const char* operation) {
    return fail(Errc::system, operation, "libmicrohttpd refuses; is it a listening TCP socket?");
}

} // namespace

/// One socket and the connections that came by it.
struct MetricsServer::Listener {
    DaemonHandle daemon;
    std::unique_ptr<sd::Watch> watch{};

    int descriptor() const {
        const auto* info = MHD_get_daemon_info(daemon.get(), MHD_DAEMON_INFO_EPOLL_FD);
        return info ? info->epoll_fd : -1;
    }
    unsigned connections() const {
        const auto* info = MHD_get_daemon_info(daemon.get(), MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
        return info ? info->num_connections : 0;
    }
    /// Until when it wants to be run again; absent: until something arrives.
    std::optional<std::chrono::milliseconds> timeout() const {
        MHD_UNSIGNED_LONG_LONG left{};
        if (MHD_get_timeout(daemon.get(), &left) != MHD_YES)
            return std::nullopt;
        return std::chrono::milliseconds{left};
    }
};

MetricsServer::MetricsServer(sd_event* event, const Limits& limits, Render render)
    : event_(event), limits_(limits), render_(std::move(render)) {}

MetricsServer::~MetricsServer() = default;

Result<std::unique_ptr<MetricsServer>> MetricsServer::open(sd_event* event,
                                                           const std::vector<int>& listeners,
                                                           const Limits& limits, Render render) {
    std::unique_ptr<MetricsServer> server{new MetricsServer{event, limits, std::move(render)}};
    const auto started = server->start(listeners);
    if (!started)
        return std::unexpected{started.error()};
    return server;
}

Result<void> MetricsServer::start(const std::vector<int>& listeners) {
    auto started = sd::keep(sd::Timer::open(event_, [this] { turn(); }), again_);
    if (started)
        started = sd::keep(sd::Timer::open(event_, [this] { sd_event_exit(event_, 0); }), idle_);
    for (const int fd : listeners)
        if (started)
            started = listen(fd);
    if (started)
        turn();
    return started;
}

Result<void> MetricsServer::listen(int fd) {
    const auto handle = [](void* self, MHD_Connection* connection, const char* path,
                           const char* method, const char*, const char*, std::size_t*,
                           void**) noexcept -> MHD_Result {
        auto& server = *static_cast<MetricsServer*>(self);
        return static_cast<MHD_Result>(server.answer(connection, path, method));
    };
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
        return std::unexpected{Error::from_errno(errno, "serve a socket")};
    auto listener = std::make_unique<Listener>(Listener{DaemonHandle{MHD_start_daemon(
        MHD_USE_EPOLL, 0, nullptr, nullptr, handle, this, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, limits_.connections, MHD_OPTION_CONNECTION_TIMEOUT,
        static_cast<unsigned>(limits_.silence.count()), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        request_memory, MHD_OPTION_END)}});
    if (!listener->daemon)
        return failed("serve a socket");
    auto kept = sd::keep(sd::Watch::open(event_, listener->descriptor(), [this] { turn(); }),
                         listener->watch);
    listeners_.push_back(std::move(listener));
    return kept;
}

void MetricsServer::turn() {
    const auto now = sd::boottime_now();
    std::optional<std::chrono::milliseconds> soonest;
    unsigned connections{};
    for (const auto& listener : listeners_) {
        MHD_run(listener->daemon.get());
        connections += listener->connections();
        if (const auto left = listener->timeout())
            soonest = std::min(soonest.value_or(*left), *left);
    }
    soonest ? again_->arm(now + *soonest) : again_->disarm();
    connections == 0 ? idle_->arm(now + limits_.idle) : idle_->disarm();
}

int MetricsServer::answer(MHD_Connection* connection, const std::string& path,
                          const std::string& method) {
    if (path != "/" && path != "/metrics")
        return send(connection, {.status = MHD_HTTP_NOT_FOUND,
                                 .body = "There is nothing here; see /metrics.\n"});
    if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD)
        return send(connection, {.status = MHD_HTTP_METHOD_NOT_ALLOWED,
                                 .body = "Metrics are there to be read.\n",
                                 .allow = "GET, HEAD"});
    if (path == "/")
        return send(connection, {.body = "Metrics of WireGuard devices: see /metrics.\n"});
    const auto format = wanted_format(header_of(connection, MHD_HTTP_HEADER_ACCEPT));
    return send(connection, metrics(render_, format));
}

} // namespace wgnl::cli
