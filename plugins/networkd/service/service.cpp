// SPDX-License-Identifier: LGPL-2.1-or-later
// The adapter's loop: gather changes, scan, declare what is news, name what stays.
#include "networkd/service/service.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/memfd.hpp"
#include <fmt/format.h>
#include <sd/bus_names.hpp>
#include <sd/journal.hpp>
#include <sd/start.hpp>
#include <systemd/sd-daemon.h>

#include "networkd/service/remembered_devices.hpp"

namespace wgnl::networkd {
namespace {

// dbus/sd has these names for its own users: it is no floor below every adapter.
static_assert(std::string_view(adapter::wgnld_name) == bus_name);
static_assert(std::string_view(adapter::wgnld_path) == root_path);
static_assert(std::string_view(adapter::wgnld_interface) == manager_interface);

constexpr const char* owner_rule =
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
    "member='NameOwnerChanged',arg0='org.wgnl.WireGuard1'";

/// A scan that finds new folders to watch is repeated; a tree that never rests is left to the next
/// event.
constexpr int most_scans = 4;

/// As much of a text as the daemon shows, and that there is more.
std::string beginning(std::string_view text) {
    constexpr std::size_t longest = 1024;
    return printable(text, longest);
}

bool append_problems(sd_bus_message* message, const std::vector<Problem>& problems) {
    int result = sd_bus_message_open_container(message, 'a', "(sss)");
    for (const auto& problem : problems)
        if (result >= 0)
            result = sd_bus_message_append(
                message, "(sss)", std::string(to_string(problem.severity)).c_str(),
                beginning(to_string(problem.location)).c_str(), beginning(problem.text).c_str());
    return result >= 0 && sd_bus_message_close_container(message) >= 0;
}

sd::Priority priority_of(Severity severity) {
    return static_cast<sd::Priority>(adapter::syslog_priority(severity));
}

void log_error(const Error& error) {
    sd::log({.priority = sd::Priority::error, .text = error.to_string()});
}

std::string error_text(sd_bus_message* message) {
    const auto* error = sd_bus_message_get_error(message);
    return error == nullptr ? std::string{}
                            : fmt::format("{}: {}", error->name,
                                          error->message == nullptr ? "" : error->message);
}

/// Whether the daemon says: not now.
bool is_passing(sd_bus_message* answer) {
    return sd_bus_message_is_method_error(answer, adapter::not_ready_error) > 0 ||
           sd_bus_message_is_method_error(answer, adapter::no_reply_error) > 0;
}

/// A call of the daemon's manager that starts the daemon if it does not run.
Result<sd::MessageHandle> manager_call(sd_bus* bus, const char* member) {
    auto message = sd::method_call(bus, adapter::wgnld_name, adapter::wgnld_path,
                                   adapter::wgnld_interface, member);
    if (message)
        sd_bus_message_set_auto_start(message->get(), 1);
    return message;
}

} // namespace

Service::Service(sd_bus* bus, ServiceOptions options, Watcher watcher)
    : bus_(bus), options_(std::move(options)), watcher_(std::move(watcher)),
      declared_(options_.root), lists_(std::make_shared<KeptLists>(options_.lists_folder)) {
    if (!options_.memory_path.empty())
        declared_.restore(load_devices(options_.memory_path));
}

Result<std::unique_ptr<Service>> Service::start(sd_event* event, sd_bus* bus,
                                                ServiceOptions options) {
    auto watcher = Watcher::open();
    if (!watcher)
        return std::unexpected(watcher.error());
    std::unique_ptr<Service> service(new Service(bus, std::move(options), std::move(*watcher)));
    if (auto connected = service->connect(event); !connected)
        return std::unexpected(connected.error());
    service->rescan();
    return service;
}

Result<void> Service::connect(sd_event* event) {
    const auto again = [this] { rescan(); };
    auto opened =
        sd::keep(sd::Watch::open(event, watcher_.fd(), [this] { on_files(); }), events_.files);
    for (auto* timer :
         {&events_.quiet, &events_.belief, &events_.refused, &events_.expiry, &events_.unkept})
        if (opened)
            opened = sd::keep(sd::Timer::open(event, again), *timer);
    if (opened)
        opened = sd::keep(sd::SignalWatch::open(event, SIGHUP, again), events_.hangup);
    if (opened)
        opened =
            sd::keep(sd::match(bus_, owner_rule, [this](auto* message) { on_daemon(message); }),
                     events_.daemon);
    return opened;
}

void Service::on_files() {
    if (!watcher_.drain())
        return;
    auto now = sd::boottime_now();
    if (!gathering_since_)
        gathering_since_ = now;
    events_.quiet->arm(std::min(now + quiet_time, *gathering_since_ + longest_gathering));
}

void Service::on_daemon(sd_bus_message* message) {
    const char* name = nullptr;
    const char* before = nullptr;
    const char* after = nullptr;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0 || *after == '\0')
        return;
    declared_.forget_sent();
    reported_.reset();
    rescan();
}

Scan Service::scan_and_watch() {
    for (int round = 1;; ++round) {
        watcher_.drain();
        auto found = scan(options_.root, {.ask_systemd = options_.ask_systemd, .lists = lists_});
        auto fresh = watcher_.watch(found.inputs);
        if (!fresh)
            log_error(fresh.error());
        if (!fresh || !*fresh || round == most_scans)
            return found;
    }
}

void Service::rescan() {
    gathering_since_.reset();
    events_.quiet->disarm();
    lists_->retry();
    auto found = scan_and_watch();
    log_problems_of(found);
    auto decision = declared_.decide(found, sd::boottime_now());
    // Remembered first: who dies between the two knows more than was said, never less.
    remember();
    keep_lists(found);
    await_expiry(found);
    for (const auto& pending : decision.declare)
        declare(pending);
    retain(decision.retain);
    report(std::move(decision.loose));
    if (decision.look_again)
        events_.belief->arm(*decision.look_again);
    else
        events_.belief->disarm();
}

void Service::log_problems_of(const Scan& found) {
    std::size_t errors = log_problems(found.problems);
    for (const auto& [key, file] : found.files)
        errors += log_problems(file.problems);
    for (const auto& declaration : found.declarations)
        errors += log_problems(declaration.problems, declaration.device, is_peer_of(declaration));
    for (const auto& folder : watcher_.blind_spots()) {
        auto text = fmt::format("{} may not be watched: a change in it is seen at the next SIGHUP",
                                printable(folder));
        if (logged_.is_news(text))
            sd::log({.priority = sd::Priority::warning, .text = text});
    }
    logged_.end_look();
    sd_notifyf(0, "STATUS=%zu devices declared, %zu mistakes in their files",
               found.declarations.size(), errors);
}

/// Returns how many of them are errors.
std::size_t Service::log_problems(const std::vector<Problem>& problems, const std::string& device,
                                  const IsPublic& is_public) {
    std::size_t errors = 0;
    for (const auto& problem : problems) {
        auto text = to_string(problem);
        errors += problem.severity == Severity::error ? 1 : 0;
        if (logged_.is_news(text))
            sd::log({.priority = priority_of(problem.severity),
                     .message_id = adapter::configuration_problem_id,
                     .text = std::move(text),
                     .fields = {{"WGNL_DEVICE", device}},
                     .is_public = is_public});
    }
    return errors;
}

void Service::declare(const adapter::PendingDeclaration& pending) {
    auto failure = [this, device = pending.device, origin = pending.origin](std::string why) {
        declared_.forget_sent(device);
        sd::log({.priority = sd::Priority::error,
                 .text = fmt::format("declaration of {} from {} was not taken: {}", device, origin,
                                     why),
                 .fields = {{"WGNL_DEVICE", device}}});
    };
    auto document = seal(pending.document.bytes(), adapter::document_name);
    auto message = manager_call(bus_, "Declare");
    if (!document || !message)
        return failure((document ? message.error() : document.error()).to_string());
    if (sd_bus_message_append(message->get(), "sh", pending.origin.c_str(), document->get()) < 0)
        return failure("its message could not be built");
    send(message->get(), [this, failure](sd_bus_message* answer) {
        if (sd_bus_message_is_method_error(answer, nullptr) > 0)
            failure(error_text(answer));
        if (is_passing(answer))
            try_again();
    });
}

void Service::retain(const std::vector<std::string>& devices) {
    auto message = manager_call(bus_, "Retain");
    if (!message)
        return log_error(message.error());
    sd_bus_message_open_container(message->get(), 'a', "s");
    for (const auto& device : devices)
        sd_bus_message_append(message->get(), "s", device.c_str());
    sd_bus_message_close_container(message->get());
    send(message->get(), [this](sd_bus_message* answer) {
        on_retained(error_text(answer));
        if (is_passing(answer))
            try_again();
    });
}

/// Each has been logged already, as a whole.
void Service::report(std::vector<Problem> problems) {
    if (reported_ == problems)
        return;
    auto message = manager_call(bus_, "Report");
    if (!message)
        return log_error(message.error());
    if (!append_problems(message->get(), problems))
        return log_error(Error(Errc::system, "report on files", "the message cannot be built"));
    reported_ = std::move(problems);
    send(message->get(), [this](sd_bus_message* answer) {
        const auto* error = sd_bus_message_get_error(answer);
        if (error == nullptr)
            return;
        reported_.reset();
        if (is_passing(answer))
            return try_again();
        sd::log({.priority = sd::Priority::error,
                 .text = fmt::format("what is wrong with files was not taken: {}",
                                     printable(error->message ? error->message : error->name))});
    });
}

void Service::try_again() { events_.refused->arm(sd::boottime_now() + refused_time); }

void Service::send(sd_bus_message* message, const sd::Callback::Function& answered) {
    if (const int result = calls_.send(bus_, message, answered); result < 0)
        log_error(Error::from_errno(-result, "call wgnld"));
}

/// The daemon answered, or is out of reach: then it is told everything when it appears.
void Service::on_retained(const std::string& failure) {
    if (!failure.empty())
        sd::log({.priority = sd::Priority::warning,
                 .text = fmt::format("the list of declared devices was not taken: {}", failure)});
    if (!std::exchange(ready_, true))
        sd_notify(0, "READY=1");
}

void Service::remember() {
    if (options_.memory_path.empty())
        return;
    if (auto saved = save_devices(options_.memory_path, declared_.to_remember()); !saved)
        log_error(saved.error());
}

/// From then on no older list counts, even if this one could not be written: then the next look
/// tells of it, and each look tries again.
void Service::keep_lists(const Scan& found) {
    bool is_news = false;
    for (const auto& [device, lists] : found.lists)
        for (const auto& list : lists)
            if (!list.fresh.empty())
                is_news = !lists_->keep(device, list.name, list.fresh) || is_news;
    if (!lists_->has_unwritten())
        return events_.unkept->disarm();
    const auto wait = is_news ? std::chrono::nanoseconds(0) : unkept_time;
    events_.unkept->arm(sd::boottime_now() + wait);
}

void Service::await_expiry(const Scan& found) {
    if (!found.expires_in)
        return events_.expiry->disarm();
    // The second in which it is valid still is over then.
    const auto left = std::min(*found.expires_in + std::chrono::seconds(1), longest_trust);
    events_.expiry->arm(sd::boottime_now() + left);
}

} // namespace wgnl::networkd
