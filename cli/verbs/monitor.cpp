// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl monitor`: a line for each thing that happens, as wgnld says it.
#include <cerrno>
#include <csignal>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/monitor.hpp"
#include "sd/loop.hpp"
#include "sd/start.hpp"
#include "source/bus.hpp"
#include "source/source.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

/// Only a pipe tells that nobody reads any more.
bool is_pipe(int fd) {
    struct stat status{};
    return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

class Monitor {
public:
    Monitor(Console& console, const MonitorOptions& options)
        : console_(console), options_(options), model_(options.device) {}
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    Result<void> open();
    /// Until somebody ends it; `system` when the bus did.
    Result<void> run();

private:
    Result<void> open_ends();
    void end() { sd_event_exit(event_.get(), 0); }
    Result<void> look(Start start);
    void hear(const BusNews& news);
    void print(const std::vector<MonitorEvent>& events);
    void note(std::string_view text) { console_.err << "wgnl: " << text << '\n' << std::flush; }

    Console& console_;
    const MonitorOptions& options_;
    MonitorModel model_;
    sd::EventHandle event_{};
    std::unique_ptr<Bus> bus_{};
    std::vector<std::unique_ptr<sd::SignalWatch>> signals_{};
    std::unique_ptr<sd::Watch> reader_{};
    std::optional<Error> failure_{};
};

Result<void> Monitor::open() {
    auto opened = sd::keep(sd::open_event(), event_);
    if (opened)
        opened = open_ends();
    if (!opened)
        return opened;
    auto bus = Bus::open();
    if (!bus)
        return std::unexpected{bus.error()};
    bus_ = std::make_unique<Bus>(std::move(*bus));
    opened = bus_->listen([this](const BusNews& news) { hear(news); });
    if (opened)
        opened = bus_->attach(event_.get());
    return opened ? look(Start::may) : opened;
}

/// What ends it, as is meant: Ctrl-C, SIGTERM, a reader that has gone.
Result<void> Monitor::open_ends() {
    sd::block_signals({SIGINT, SIGTERM});
    if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return std::unexpected{Error::from_errno(errno, "ignore SIGPIPE")};
    for (const int signal : {SIGINT, SIGTERM})
        if (auto kept = sd::keep(sd::SignalWatch::open(event_.get(), signal, [this] { end(); }),
                                 signals_.emplace_back());
            !kept)
            return kept;
    if (!is_pipe(STDOUT_FILENO))
        return {};
    return sd::keep(sd::Watch::open(event_.get(), STDOUT_FILENO, [this] { end(); }), reader_);
}

/// wgnld may not be there yet: it is waited for.
Result<void> Monitor::look(Start start) {
    const auto objects = bus_->objects(start);
    if (objects) {
        print(model_.take(*objects));
        if (!options_.device.empty() && !model_.knows(options_.device))
            note(fmt::format("there is no WireGuard device {}; waiting for it", options_.device));
        return {};
    }
    if (objects.error().code() != Errc::not_found)
        return std::unexpected{objects.error()};
    if (start == Start::never)
        return {}; // gone again, as will be told
    model_.take(ManagedObjects{});
    note("wgnld is not running; waiting for it");
    return {};
}

void Monitor::hear(const BusNews& news) {
    print(model_.take(news));
    const auto* owner = std::get_if<OwnerChanged>(&news.what);
    if (!(owner && owner->served) && !model_.wants_look())
        return;
    if (const auto looked = look(Start::never); !looked) {
        failure_ = looked.error();
        sd_event_exit(event_.get(), 1);
    }
}

void Monitor::print(const std::vector<MonitorEvent>& events) {
    const auto at = realtime_now();
    for (const auto& event : events)
        console_.out << (options_.output == Output::json ? event_json(event, at)
                                                         : event_text(event, console_.terminal, at))
                     << std::flush;
    if (!console_.out)
        end(); // nobody reads any more
}

Result<void> Monitor::run() {
    if (sd_event_loop(event_.get()) == 0)
        return {};
    if (failure_)
        return std::unexpected{*failure_};
    return fail(Errc::system, "listen to the system bus", "it closed the connection");
}

} // namespace

Exit monitor(Environment& environment, const MonitorOptions& options) {
    auto& console = environment.console;
    Monitor monitor{console, options};
    auto done = monitor.open();
    if (done)
        done = monitor.run();
    console.out.clear(); // a reader that went is an end like another
    return done ? Exit::done : report(console, done.error());
}

} // namespace wgnl::cli
