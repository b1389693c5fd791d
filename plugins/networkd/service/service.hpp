// SPDX-License-Identifier: LGPL-2.1-or-later
// The running adapter: files in, declarations out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sd/bus.hpp>
#include <sd/loop.hpp>

#include "common/problems.hpp"
#include "networkd/lists/kept_lists.hpp"
#include "networkd/netdev/scan.hpp"
#include "networkd/service/declared_devices.hpp"
#include "networkd/service/watcher.hpp"

namespace wgnl::networkd {

/// Changes are gathered until nothing happened for this long …
inline constexpr std::chrono::nanoseconds quiet_time = std::chrono::milliseconds(200);
/// … but a file that is written to without end delays the others no longer than this.
inline constexpr std::chrono::nanoseconds longest_gathering = std::chrono::seconds(2);
/// Lists of peers expire by a clock that may be set: it is looked at so often at least.
inline constexpr std::chrono::seconds longest_trust = std::chrono::hours(24);
/// What the daemon had no room for is declared again after this.
inline constexpr std::chrono::nanoseconds refused_time = std::chrono::seconds(1);

/// A list that could not be kept is written again after this.
inline constexpr std::chrono::nanoseconds unkept_time = std::chrono::seconds(10);

struct ServiceOptions {
    Root root{};
    std::string memory_path{}; ///< file that survives a restart; empty: none
    /// Folder that survives a reboot, for lists of peers; empty: none.
    std::string lists_folder{};
    SystemdQuery ask_systemd{};
};

/// Owns nothing of the loop or the bus; both must outlive it.
class Service {
public:
    /// Watches, scans and declares for the first time.
    static Result<std::unique_ptr<Service>> start(sd_event* event, sd_bus* bus,
                                                  ServiceOptions options);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Looks at every file now.
    void rescan();

private:
    Service(sd_bus* bus, ServiceOptions options, Watcher watcher);
    Result<void> connect(sd_event* event);

    void on_files();
    void on_daemon(sd_bus_message* message);
    Scan scan_and_watch();
    void log_problems_of(const Scan& found);
    std::size_t log_problems(const std::vector<Problem>& problems, const std::string& device = {},
                             const IsPublic& is_public = {});
    void declare(const adapter::PendingDeclaration& pending);
    void report(std::vector<Problem> problems);
    void retain(const std::vector<std::string>& devices);
    void send(sd_bus_message* message, const sd::Callback::Function& answered);
    void try_again();
    void on_retained(const std::string& failure);
    void remember();
    void keep_lists(const Scan& found);
    void await_expiry(const Scan& found);

    struct EventSources {
        std::unique_ptr<sd::Watch> files{};
        std::unique_ptr<sd::Timer> quiet{};
        std::unique_ptr<sd::Timer> belief{};
        std::unique_ptr<sd::Timer> refused{};
        std::unique_ptr<sd::Timer> expiry{};
        std::unique_ptr<sd::Timer> unkept{};
        std::unique_ptr<sd::SignalWatch> hangup{};
        std::unique_ptr<sd::Callback> daemon{};
    };

    sd_bus* bus_;
    ServiceOptions options_;
    Watcher watcher_;
    DeclaredDevices declared_;
    std::shared_ptr<KeptLists> lists_;
    adapter::LoggedProblems logged_{};
    /// What the daemon was told of files that are no device's; absent: nothing yet.
    std::optional<std::vector<Problem>> reported_{};
    std::optional<Boottime> gathering_since_{};
    bool ready_{false};
    sd::PendingCalls calls_{};
    EventSources events_{};
};

} // namespace wgnl::networkd
