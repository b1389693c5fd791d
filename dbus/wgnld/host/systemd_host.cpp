// SPDX-License-Identifier: LGPL-2.1-or-later
// Signals of systemd and networkd, and units started for userspace devices.
#include "systemd_host.hpp"

#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "networkd_state.hpp"
#include "signal_rules.hpp"

namespace wgnl::daemon {

namespace {

constexpr const char* systemd = "org.freedesktop.systemd1";
constexpr const char* systemd_path = "/org/freedesktop/systemd1";
constexpr const char* systemd_manager = "org.freedesktop.systemd1.Manager";
constexpr const char* logind = "org.freedesktop.login1";
constexpr const char* networkd = "org.freedesktop.network1";
constexpr const char* networkd_link = "org.freedesktop.network1.Link";
constexpr const char* networkd_unit = "/org/freedesktop/systemd1/unit/systemd_2dnetworkd_2eservice";

bool says_configured(sd_bus_message* message) {
    const char* state = nullptr;
    return sd_bus_message_read(message, "v", "s", &state) >= 0 &&
           std::string_view(state) == "configured";
}

/// Looks for AdministrativeState in the dictionary of a PropertiesChanged.
bool became_configured(sd_bus_message* signal) {
    const char* interface = nullptr;
    if (sd_bus_message_read(signal, "s", &interface) < 0 ||
        sd_bus_message_enter_container(signal, 'a', "{sv}") < 0)
        return false;
    while (sd_bus_message_enter_container(signal, 'e', "sv") > 0) {
        const char* name = nullptr;
        if (sd_bus_message_read(signal, "s", &name) < 0)
            return false;
        if (std::string_view(name) == "AdministrativeState")
            return says_configured(signal);
        if (sd_bus_message_skip(signal, "v") < 0 || sd_bus_message_exit_container(signal) < 0)
            return false;
    }
    return false;
}

Error start_error(const std::string& unit, const std::string& why) {
    return Error(Errc::system, "start " + unit,
                 why + "; the kernel has no wireguard module: install wireguard-go, or the module");
}

} // namespace

std::optional<std::uint32_t> ifindex_of(const char* networkd_path) {
    const auto labels = sd::decode_path(networkd_path, "/org/freedesktop/network1/link/%", 1);
    return labels.empty() ? std::nullopt : whole_number<std::uint32_t>(labels[0]);
}

Result<void> SystemdHost::listen(const std::string& rule, sd::Callback::Function function) {
    auto match = sd::match(bus_, rule, std::move(function));
    if (!match)
        return std::unexpected(match.error());
    matches_.push_back(std::move(*match));
    return {};
}

Result<void> SystemdHost::open(Listener listener) {
    listener_ = std::move(listener);
    const auto on_activity = [this](sd_bus_message*) { listener_.on_owner_activity(); };
    const auto links = properties_rule(networkd, "path_namespace='/org/freedesktop/network1/link'");
    const auto unit = properties_rule(systemd, fmt::format("path='{}'", networkd_unit));
    const auto jobs = fmt::format("type='signal',sender='{}',interface='{}',member='JobRemoved'",
                                  systemd, systemd_manager);
    const auto sleep = fmt::format("type='signal',sender='{}',path='/org/freedesktop/login1',"
                                   "interface='{}.Manager',member='PrepareForSleep'",
                                   logind, logind);
    Result<void> listening = listen(owner_rule(networkd), on_activity);
    if (listening)
        listening = listen(unit, on_activity);
    if (listening)
        listening = listen(links, [this](sd_bus_message* m) { link_changed(m); });
    if (listening)
        listening = listen(owner_rule(systemd), [this](sd_bus_message* m) { systemd_changed(m); });
    if (listening)
        listening = listen(sleep, [this](sd_bus_message* m) { sleep_changed(m); });
    if (listening)
        listening = listen(jobs, [this](sd_bus_message* m) { job_removed(m); });
    systemd_ = sd_bus_get_name_creds(bus_, systemd, 0, nullptr) >= 0;
    if (systemd_) {
        subscribe();
        ask_version();
    }
    return listening;
}

/// systemd sends PropertiesChanged of units only while somebody has subscribed.
void SystemdHost::subscribe() {
    auto call = sd::method_call(bus_, systemd, systemd_path, systemd_manager, "Subscribe");
    if (call)
        calls_.send(bus_, call->get(), [](sd_bus_message*) {});
}

void SystemdHost::ask_version() {
    auto call =
        sd::method_call(bus_, systemd, systemd_path, "org.freedesktop.DBus.Properties", "Get");
    if (!call || sd_bus_message_append(call->get(), "ss", systemd_manager, "Version") < 0)
        return;
    calls_.send(bus_, call->get(), [this](sd_bus_message* answer) {
        const char* version = nullptr;
        if (sd_bus_message_is_method_error(answer, nullptr) ||
            sd_bus_message_read(answer, "v", "s", &version) < 0)
            return;
        names_netdev_files_ = writes_netdev_files(version);
        hides_netdev_files_ = !names_netdev_files_;
    });
}

void SystemdHost::sleep_changed(sd_bus_message* signal) {
    int begins = 1;
    if (sd_bus_message_read(signal, "b", &begins) >= 0 && begins == 0)
        listener_.resumed();
}

void SystemdHost::systemd_changed(sd_bus_message* signal) {
    const char* name = nullptr;
    const char* before = nullptr;
    const char* after = nullptr;
    if (sd_bus_message_read(signal, "sss", &name, &before, &after) < 0)
        return;
    systemd_ = *after != '\0';
    if (systemd_) {
        subscribe();
        ask_version();
    }
}

void SystemdHost::link_changed(sd_bus_message* signal) {
    const auto index = ifindex_of(sd_bus_message_get_path(signal));
    if (!index)
        return;
    if (became_configured(signal))
        listener_.owner_done(*index);
    listener_.owner_speaks(*index);
}

void SystemdHost::ask_owner(std::uint32_t ifindex) {
    const auto path = sd::encode_path("/org/freedesktop/network1/link", fmt::format("{}", ifindex));
    auto call =
        sd::method_call(bus_, networkd, path.c_str(), "org.freedesktop.DBus.Properties", "Get");
    if (!call || sd_bus_message_append(call->get(), "ss", networkd_link, "AdministrativeState") < 0)
        return;
    calls_.send(bus_, call->get(), [this, ifindex](sd_bus_message* answer) {
        if (!sd_bus_message_is_method_error(answer, nullptr) && says_configured(answer))
            listener_.owner_done(ifindex);
    });
}

void SystemdHost::start_userspace(const std::string& device, Done done) {
    const auto unit = fmt::format("wgnl-userspace@{}.service", device);
    auto call = sd::method_call(bus_, systemd, systemd_path, systemd_manager, "StartUnit");
    int result = call ? sd_bus_message_append(call->get(), "ss", unit.c_str(), "replace") : -ENOMEM;
    if (result >= 0)
        result = calls_.send(bus_, call->get(), [this, unit, done](sd_bus_message* answer) {
            job_queued(answer, unit, done);
        });
    if (result < 0)
        done(std::unexpected(start_error(unit, "systemd cannot be asked")));
}

void SystemdHost::job_queued(sd_bus_message* answer, const std::string& unit, const Done& done) {
    if (const auto* error = sd_bus_message_get_error(answer))
        return done(std::unexpected(start_error(unit, error->message ? error->message : "")));
    const char* job = nullptr;
    if (sd_bus_message_read(answer, "o", &job) >= 0)
        jobs_[job] = done;
}

void SystemdHost::job_removed(sd_bus_message* signal) {
    std::uint32_t id = 0;
    const char* job = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (sd_bus_message_read(signal, "uoss", &id, &job, &unit, &result) < 0)
        return;
    auto waiting = jobs_.extract(job);
    if (waiting.empty())
        return;
    if (std::string_view(result) == "done")
        return waiting.mapped()({});
    waiting.mapped()(std::unexpected(start_error(unit, fmt::format("the job ended: {}", result))));
}

} // namespace wgnl::daemon
