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
#include <systemd/sd-daemon.h>

#include "networkd/service/remembered_devices.hpp"

namespace wgnl::networkd {
namespace {

constexpr const char* not_ready = "org.wgnl.WireGuard1.Error.NotReady";
constexpr const char* owner_rule =
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
    "member='NameOwnerChanged',arg0='org.wgnl.WireGuard1'";
constexpr std::string_view configuration_problem = "8d1c2f5ab0e84c0f9c7e0a6d4b4b9f31";

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
    switch (severity) {
    case Severity::error:
        return sd::Priority::error;
    case Severity::warning:
        return sd::Priority::warning;
    case Severity::note:
        break;
    }
    return sd::Priority::notice;
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
    return sd_bus_message_is_method_error(answer, not_ready) > 0 ||
           sd_bus_message_is_method_error(answer, SD_BUS_ERROR_NO_REPLY) > 0;
}

/// A call of the daemon's manager that starts the daemon if it does not run.
Result<sd::MessageHandle> manager_call(sd_bus* bus, const char* member) {
    auto message = sd::method_call(bus, bus_name, root_path, manager_interface, member);
    if (message)
        sd_bus_message_set_auto_start(message->get(), 1);
    return message;
}

/// Stores what opened, unless something failed before.
template <typename T> Result<void> keep(T& place, Result<T>& opened, Result<void> before) {
    if (!before || !opened)
        return std::unexpected(before ? opened.error() : before.error());
    place = std::move(*opened);
    return {};
}

std::size_t log_problems(const std::vector<Problem>& problems, const std::string& device,
                         const std::set<std::string>& known, std::set<std::string>& now,
                         const IsPublic& is_public = {}) {
    std::size_t count = 0;
    for (const auto& problem : problems) {
        auto text = to_string(problem);
        const bool is_news = now.insert(text).second && !known.contains(text);
        count += problem.severity == Severity::error ? 1 : 0;
        if (is_news)
            sd::log({.priority = priority_of(problem.severity),
                     .message_id = configuration_problem,
                     .text = std::move(text),
                     .fields = {{"WGNL_DEVICE", device}},
                     .is_public = is_public});
    }
    return count;
}

} // namespace

Service::Service(sd_bus* bus, ServiceOptions options, Watcher watcher)
    : bus_(bus), options_(std::move(options)), watcher_(std::move(watcher)),
      ledger_(options_.root) {
    if (!options_.claims_path.empty())
        ledger_.restore(load_claims(options_.claims_path));
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
    auto again = [this] { rescan(); };
    auto files = sd::Watch::open(event, watcher_.fd(), [this] { on_files(); });
    auto quiet = sd::Timer::open(event, again);
    auto belief = sd::Timer::open(event, again);
    auto refused = sd::Timer::open(event, again);
    auto hangup = sd::SignalWatch::open(event, SIGHUP, again);
    auto daemon = sd::match(bus_, owner_rule, [this](auto* message) { on_daemon(message); });
    return keep(
        files_, files,
        keep(quiet_, quiet,
             keep(belief_, belief,
                  keep(refused_, refused, keep(hangup_, hangup, keep(daemon_, daemon, {}))))));
}

void Service::on_files() {
    if (!watcher_.drain())
        return;
    auto now = sd::boottime_now();
    if (!gathering_since_)
        gathering_since_ = now;
    quiet_->arm(std::min(now + quiet_time, *gathering_since_ + longest_gathering));
}

void Service::on_daemon(sd_bus_message* message) {
    const char* name = nullptr;
    const char* before = nullptr;
    const char* after = nullptr;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0 || *after == '\0')
        return;
    ledger_.forget_sent();
    told_.reset();
    rescan();
}

Scan Service::scan_and_watch() {
    for (int round = 1;; ++round) {
        watcher_.drain();
        auto found = scan(options_.root, {.ask_systemd = options_.ask_systemd});
        auto fresh = watcher_.watch(found.inputs);
        if (!fresh)
            log_error(fresh.error());
        if (!fresh || !*fresh || round == most_scans)
            return found;
    }
}

void Service::rescan() {
    gathering_since_.reset();
    quiet_->disarm();
    calls_.remove_if([](const Call& call) { return call.answered; });
    auto found = scan_and_watch();
    report(found);
    auto decision = ledger_.decide(found, sd::boottime_now());
    // Remembered first: who dies between the two knows more than was said, never less.
    remember();
    for (const auto& outgoing : decision.declare)
        declare(outgoing);
    retain(decision.retain);
    tell(std::move(decision.loose));
    if (decision.look_again)
        belief_->arm(*decision.look_again);
    else
        belief_->disarm();
}

void Service::report(const Scan& found) {
    std::set<std::string> now;
    std::size_t errors = log_problems(found.problems, {}, reported_, now);
    for (const auto& [key, file] : found.files)
        errors += log_problems(file.problems, {}, reported_, now);
    for (const auto& declaration : found.declarations)
        errors += log_problems(declaration.problems, declaration.device, reported_, now,
                               is_peer_of(declaration));
    for (const auto& folder : watcher_.blind_spots()) {
        auto text = fmt::format("{} may not be watched: a change in it is seen at the next SIGHUP",
                                printable(folder));
        if (now.insert(text).second && !reported_.contains(text))
            sd::log({.priority = sd::Priority::warning, .text = text});
    }
    reported_ = std::move(now);
    sd_notifyf(0, "STATUS=%zu devices declared, %zu mistakes in their files",
               found.declarations.size(), errors);
}

void Service::declare(const Outgoing& outgoing) {
    auto failure = [this, device = outgoing.device, origin = outgoing.origin](std::string why) {
        ledger_.forget_sent(device);
        sd::log({.priority = sd::Priority::error,
                 .text = fmt::format("declaration of {} from {} was not taken: {}", device, origin,
                                     why),
                 .fields = {{"WGNL_DEVICE", device}}});
    };
    auto document = seal(outgoing.document.bytes(), "wgnl-declaration");
    auto message = manager_call(bus_, "Declare");
    if (!document || !message)
        return failure((document ? message.error() : document.error()).to_string());
    if (sd_bus_message_append(message->get(), "sh", outgoing.origin.c_str(), document->get()) < 0)
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
        settle(error_text(answer));
        if (is_passing(answer))
            try_again();
    });
}

/// Each has been logged already, as a whole.
void Service::tell(std::vector<Problem> problems) {
    if (told_ == problems)
        return;
    auto message = manager_call(bus_, "Report");
    if (!message)
        return log_error(message.error());
    if (!append_problems(message->get(), problems))
        return log_error(Error(Errc::system, "report on files", "the message cannot be built"));
    told_ = std::move(problems);
    send(message->get(), [this](sd_bus_message* answer) {
        const auto* error = sd_bus_message_get_error(answer);
        if (error == nullptr)
            return;
        told_.reset();
        if (is_passing(answer))
            return try_again();
        sd::log({.priority = sd::Priority::error,
                 .text = fmt::format("what is wrong with files was not taken: {}",
                                     printable(error->message ? error->message : error->name))});
    });
}

void Service::try_again() { refused_->arm(sd::boottime_now() + refused_time); }

void Service::send(sd_bus_message* message, sd::Callback::Function answered) {
    auto& call = calls_.emplace_back();
    auto sent = sd::call(bus_, message, [&call, answered = std::move(answered)](auto* answer) {
        call.answered = true;
        answered(answer);
    });
    if (sent) {
        call.callback = std::move(*sent);
        return;
    }
    log_error(sent.error());
    calls_.pop_back();
}

/// The daemon answered, or is out of reach: then it is told everything when it appears.
void Service::settle(const std::string& failure) {
    if (!failure.empty())
        sd::log({.priority = sd::Priority::warning,
                 .text = fmt::format("the list of declared devices was not taken: {}", failure)});
    if (!std::exchange(ready_, true))
        sd_notify(0, "READY=1");
}

void Service::remember() {
    if (options_.claims_path.empty())
        return;
    if (auto saved = save_claims(options_.claims_path, ledger_.claims()); !saved)
        log_error(saved.error());
}

} // namespace wgnl::networkd
