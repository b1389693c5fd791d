// SPDX-License-Identifier: LGPL-2.1-or-later
// Gather changes, read what may have changed, declare what is news, name what stays.
#include "nm/service/service.hpp"

#include <utility>

#include <fmt/format.h>
#include <sd/journal.hpp>
#include <systemd/sd-daemon.h>

#include <wgnl/text.hpp>

namespace wgnl::nm {
namespace {

/// `device`: which one it is about; empty: none.
sd::LogEntry entry_of(Severity severity, std::string text, const std::string& device = {}) {
    sd::LogEntry entry{.priority = static_cast<sd::Priority>(adapter::syslog_priority(severity)),
                       .text = std::move(text)};
    if (!device.empty())
        entry.fields.emplace_back("WGNL_DEVICE", device);
    return entry;
}

/// A mistake in a profile.
void log(const Problem& problem, const std::string& device, const IsPublic& is_public) {
    auto entry = entry_of(problem.severity, to_string(problem), device);
    entry.message_id = adapter::configuration_problem_id;
    entry.is_public = is_public;
    sd::log(entry);
}

} // namespace

ReadProfile read_running(const FetchedProfile& fetched, const ActiveProfile& running,
                         std::optional<FullTunnel> set_up) {
    auto read = declaration_of(fetched.profile.get(), {.live_fwmark = running.fwmark,
                                                       .set_up = set_up,
                                                       .secrets_failure = fetched.secrets_failure});
    if (!read.declaration || running.device.empty() || read.declaration->device == running.device)
        return read;
    read.declaration->problems.push_back(
        {Severity::note,
         {printable(without_keys(location_in(fetched.profile.get(), "connection.interface-name")))},
         printable(fmt::format("the device is still called {}; it becomes {} when the profile is "
                               "activated again",
                               running.device, read.declaration->device))});
    read.declaration->device = running.device;
    return read;
}

Service::Service(GDBusConnection* bus)
    : gather_([this] { look(); }), retry_([this] { look(); }),
      network_manager_(bus, {.changed = [this] { gather_.arm(gathering_time); },
                             .edited = [this](const auto& profile) { read_soon(profile); }}),
      wgnld_(bus, [this] {
          for (const auto& profile : running_.forget_sent())
              read_soon(profile);
          gather_.arm(gathering_time);
      }) {}

void Service::read_soon(const std::string& profile) {
    unread_.insert(profile);
    gather_.arm(gathering_time);
}

void Service::reread() {
    for (const auto& active : network_manager_.objects().active_profiles())
        read_soon(active.profile);
}

/// While NetworkManager is away, and while it takes up its devices, everything stands.
bool Service::may_withdraw() const {
    return network_manager_.presence() == NetworkManager::Presence::here &&
           !network_manager_.objects().is_starting();
}

void Service::look() {
    if (network_manager_.generation() != generation_)
        forget_process();
    if (network_manager_.presence() == NetworkManager::Presence::here)
        follow();
    retain_if_complete();
}

/// What the process that went was asked for is never answered, and its profiles may have been
/// edited while nobody watched.
void Service::forget_process() {
    generation_ = network_manager_.generation();
    reading_.clear();
    unread_.clear(); // its paths mean nothing to the next one, of which all is read
    read_all_ = true;
}

void Service::follow() {
    auto active = network_manager_.objects().active_profiles();
    for (auto& profile : running_.follow(active, may_withdraw()))
        unread_.insert(std::move(profile));
    if (std::exchange(read_all_, false))
        for (const auto& running : active)
            unread_.insert(running.profile);
    std::erase_if(logged_, [&](const auto& item) { return !running_.knows(item.first); });
    start_reading();
}

void Service::start_reading() {
    for (const auto& profile : std::exchange(unread_, {})) {
        // What is not activated yet is read when it is.
        if (running_.find(profile) == nullptr)
            continue;
        if (!reading_.insert(profile).second) {
            unread_.insert(profile); // after the answer that is under way
            continue;
        }
        network_manager_.fetch(profile, [this, profile](const Result<FetchedProfile>& fetched) {
            on_fetched(profile, fetched);
        });
    }
}

void Service::on_fetched(const std::string& profile, const Result<FetchedProfile>& fetched) {
    reading_.erase(profile);
    if (unread_.contains(profile)) // edited meanwhile
        gather_.arm(0);
    const auto* running = running_.find(profile);
    if (!fetched)
        on_fetch_failed(profile, fetched.error());
    else if (running != nullptr)
        declare(profile, read_running(*fetched, *running, running_.set_up(profile)));
    retain_if_complete();
}

void Service::on_fetch_failed(const std::string& profile, const Error& why) {
    sd::log(
        entry_of(Severity::warning,
                 fmt::format("the profile {} cannot be read, what was declared of it stands: {}",
                             profile, why.to_string())));
    if (went_unanswered(why))
        read_later(profile);
}

void Service::read_later(const std::string& profile) {
    unread_.insert(profile);
    retry_.arm(retry_time);
}

void Service::declare(const std::string& profile, const ReadProfile& read) {
    log_problems(profile, read);
    running_.note_set_up(profile, read.full_tunnel);
    if (!read.declaration)
        return;
    auto pending = running_.declare(profile, *read.declaration);
    if (!pending)
        return;
    wgnld_.declare(*pending, [this, profile, device = pending->device](Result<void> done) {
        if (done)
            return;
        sd::log(entry_of(Severity::error,
                         fmt::format("declaration of {} from {} was not taken: {}", device, profile,
                                     done.error().to_string()),
                         device));
        running_.forget_sent(profile);
        if (Wgnld::is_passing(done.error()))
            read_later(profile);
    });
}

void Service::log_problems(const std::string& profile, const ReadProfile& read) {
    const auto device = read.declaration ? read.declaration->device : std::string{};
    const auto is_public = read.declaration ? is_peer_of(*read.declaration) : IsPublic{};
    auto& logged = logged_[profile];
    for (const auto& problems :
         {read.problems, read.declaration ? read.declaration->problems : std::vector<Problem>{}})
        for (const auto& problem : problems)
            if (logged.is_news(to_string(problem)))
                log(problem, device, is_public);
    logged.end_look();
}

/// Once everything that runs was read, wgnld is told what stays.
void Service::retain_if_complete() {
    auto presence = network_manager_.presence();
    if (presence == NetworkManager::Presence::unknown || (!ready_ && !reading_.empty()))
        return;
    if (!may_withdraw())
        be_ready(); // what stays is said when NetworkManager has taken up its devices
    else if (running_.wants_retain())
        retain();
}

void Service::retain() {
    running_.note_retained();
    auto devices = running_.retained();
    sd_notifyf(0, "STATUS=%zu active WireGuard profiles", devices.size());
    wgnld_.retain(devices, [this](Result<void> done) {
        if (!done) {
            sd::log(entry_of(Severity::warning,
                             fmt::format("the list of declared devices was not taken: {}",
                                         done.error().to_string())));
            running_.forget_retained();
            if (Wgnld::is_passing(done.error()))
                retry_.arm(retry_time);
        }
        be_ready();
    });
}

void Service::be_ready() {
    if (!std::exchange(ready_, true))
        sd_notify(0, "READY=1");
}

} // namespace wgnl::nm
