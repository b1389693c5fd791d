// SPDX-License-Identifier: LGPL-2.1-or-later
// The running adapter: active profiles in, declarations out; and one look, printed for people.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "common/problems.hpp"
#include "nm/profile/profile_reader.hpp"
#include "nm/service/bus.hpp"
#include "nm/service/network_manager.hpp"
#include "nm/service/running_profiles.hpp"
#include "nm/service/wgnld.hpp"

namespace wgnl::nm {

/// Changes are gathered for this long, in milliseconds, from the first.
inline constexpr unsigned gathering_time = 100;
/// What wgnld could not take is tried again after this long, in milliseconds.
inline constexpr unsigned retry_time = 5000;

/// The declaration of a profile as it runs: under the name that its device has now. `set_up` is
/// what it asked for when it was activated, if that is known.
ReadProfile read_running(const FetchedProfile& fetched, const ActiveProfile& running,
                         std::optional<FullTunnel> set_up = {});

class Service {
public:
    explicit Service(GDBusConnection* bus);

    /// Reads every running profile again.
    void reread();

private:
    void forget_process();
    void read_soon(const std::string& profile);
    void look();
    void follow();
    void start_reading();
    void on_fetched(const std::string& profile, const Result<FetchedProfile>& fetched);
    void on_fetch_failed(const std::string& profile, const Error& why);
    void read_later(const std::string& profile);
    void declare(const std::string& profile, const ReadProfile& read);
    void log_problems(const std::string& profile, const ReadProfile& read);
    void retain_if_complete();
    void retain();
    void be_ready();
    bool may_withdraw() const;

    RunningProfiles running_{};
    std::set<std::string> unread_{};  ///< profiles that may say something new
    std::set<std::string> reading_{}; ///< profiles that were asked for
    std::map<std::string, adapter::LoggedProblems> logged_{}; ///< by profile
    std::uint64_t generation_{0}; ///< of the NetworkManager that was last looked at
    bool read_all_{false};        ///< it was another one
    bool ready_{false};
    Timer gather_;
    Timer retry_;
    NetworkManager network_manager_;
    Wgnld wgnld_;
};

/// Prints the declarations of all active profiles without secrets, and their problems to standard
/// error. Returns the exit code: 1 if NetworkManager does not run or a profile cannot be read.
int print_once(GDBusConnection* bus);

} // namespace wgnl::nm
