// SPDX-License-Identifier: LGPL-2.1-or-later
// libmicrohttpd in sd-event: its epoll descriptor is watched, its timeouts are a timer.
#include "server.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <microhttpd.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "request.hpp"
#include "sd/loop.hpp"
#include "sd/start.hpp"

namespace wgnl::cli {
namespace {

/// A request line and its headers; nothing that is asked for here is longer.
constexpr std::size_t request_memory = 16'384;
/// Connections beside those that are served: that have been ended, and are not yet closed.
constexpr unsigned closing_room = 64;

using DaemonHandle = sd::Handle<MHD_Daemon, MHD_stop_daemon>;
using ResponseHandle = sd::Handle<MHD_Response, MHD_destroy_response>;

struct HttpAnswer {
    unsigned status{MHD_HTTP_OK};
    std::string type{"text/plain; charset=utf-8"};
    std::string body{};
    const char* allow{nullptr};
};

int send(MHD_Connection* connection, HttpAnswer answer) {
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

HttpAnswer metrics(const MetricsServer::Render& render, MetricsFormat format) {
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
    Connections open; ///< outlives the daemon, which tells it when they close
    DaemonHandle daemon{};
    std::unique_ptr<sd::Watch> watch{};

    explicit Listener(const Limits& limits) : open(limits.connections, limits.request) {}

    int descriptor() const {
        const auto* info = MHD_get_daemon_info(daemon.get(), MHD_DAEMON_INFO_EPOLL_FD);
        return info ? info->epoll_fd : -1;
    }
    unsigned connections() const {
        const auto* info = MHD_get_daemon_info(daemon.get(), MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
        return info ? info->num_connections : 0;
    }
    /// Once more after each that closed: only then is the socket listened on again that it took
    /// off its list when there was no room.
    void run() const {
        unsigned before = 0;
        do {
            before = connections();
            MHD_run(daemon.get());
        } while (connections() < before);
    }
    /// When it wants to be run again; absent: when something arrives.
    std::optional<Boottime> due(Boottime now) const {
        MHD_UNSIGNED_LONG_LONG left{};
        const auto deadline = open.next_deadline();
        if (MHD_get_timeout(daemon.get(), &left) != MHD_YES)
            return deadline;
        const auto wanted = now + std::chrono::milliseconds{left};
        return std::min(deadline.value_or(wanted), wanted);
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
    auto listener = std::make_unique<Listener>(limits_);
    listener->daemon = DaemonHandle{MHD_start_daemon(
        MHD_USE_EPOLL, 0, nullptr, nullptr, handle, this, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, limits_.connections + closing_room,
        MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(limits_.request.count()),
        MHD_OPTION_NOTIFY_CONNECTION, Connections::notify, &listener->open,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, request_memory, MHD_OPTION_END)};
    if (!listener->daemon)
        return failed("serve a socket");
    auto kept = sd::keep(sd::Watch::open(event_, listener->descriptor(), [this] { turn(); }),
                         listener->watch);
    listeners_.push_back(std::move(listener));
    return kept;
}

void MetricsServer::turn() {
    const auto now = sd::boottime_now();
    std::optional<Boottime> soonest;
    unsigned connections{};
    for (const auto& listener : listeners_) {
        listener->open.end_late(now);
        listener->run();
        connections += listener->connections();
        if (const auto due = listener->due(now))
            soonest = std::min(soonest.value_or(*due), *due);
    }
    soonest ? again_->arm(*soonest) : again_->disarm();
    connections == 0 ? idle_->arm(now + limits_.idle) : idle_->disarm();
}

/// Without the header it is no browser that asks; with two of them nobody knows what is meant.
bool MetricsServer::is_for_us(MHD_Connection* connection) const {
    std::vector<std::string> hosts;
    const auto take = [](void* found, MHD_ValueKind, const char* name,
                         const char* value) noexcept -> MHD_Result {
        if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0)
            static_cast<std::vector<std::string>*>(found)->emplace_back(value ? value : "");
        return MHD_YES;
    };
    MHD_get_connection_values(connection, MHD_HEADER_KIND, take, &hosts);
    return hosts.empty() || (hosts.size() == 1 && is_our_host(hosts.front(), limits_.hosts));
}

int MetricsServer::answer(MHD_Connection* connection, const std::string& path,
                          const std::string& method) {
    if (!is_for_us(connection))
        return send(connection,
                    {.status = MHD_HTTP_MISDIRECTED_REQUEST,
                     .body = "wgnl-metrics answers to addresses and to localhost, and the header "
                             "Host names something else. If that is a name of this machine, give "
                             "it by --host; see wgnl-metrics(8).\n"});
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

void Connections::notify(void* self, MHD_Connection* connection, void** place,
                         MHD_ConnectionNotificationCode what) noexcept {
    auto& connections = *static_cast<Connections*>(self);
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        return connections.opened(connection, place);
    const std::unique_ptr<Position> its(static_cast<Position*>(*place));
    *place = nullptr;
    // It is in either list; a splice of one element takes it out of the one that it is in.
    std::list<Open> closed;
    if (its)
        closed.splice(closed.begin(), (*its)->fd < 0 ? connections.ended_ : connections.open_,
                      *its);
}

void Connections::opened(MHD_Connection* connection, void** place) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!info)
        return;
    if (open_.size() >= most_)
        end_oldest();
    open_.push_back({info->connect_fd, sd::boottime_now() + time_});
    *place = new Position(std::prev(open_.end()));
}

/// It keeps its place, by which its end is told: an iterator lives on in the other list.
void Connections::end_oldest() {
    auto& oldest = open_.front();
    shutdown(oldest.fd, SHUT_RDWR);
    oldest.fd = -1;
    ended_.splice(ended_.end(), open_, open_.begin());
}

void Connections::end_late(Boottime now) {
    while (!open_.empty() && open_.front().deadline <= now)
        end_oldest();
}

std::optional<Boottime> Connections::next_deadline() const {
    if (open_.empty())
        return std::nullopt;
    return open_.front().deadline;
}

} // namespace wgnl::cli
