// SPDX-License-Identifier: LGPL-2.1-or-later
// NetworkManager as wgnl-nm sees it: which profiles run, that one was edited, what one says. Only
// GetManagedObjects, GetSettings and GetSecrets are ever called.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <NetworkManager.h>

#include "nm/service/bus.hpp"
#include "nm/service/echo.hpp"
#include "nm/service/objects.hpp"

namespace wgnl::nm {

/// A profile with the secrets that NetworkManager gave.
struct FetchedProfile {
    ObjectPtr<NMConnection> profile{};
    std::string secrets_failure{}; ///< why it gave none; empty: it answered
};

class NetworkManager {
public:
    struct Listener {
        std::function<void()> changed{}; ///< presence or objects
        std::function<void(const std::string& profile)> edited{};
    };
    enum class Presence : std::uint8_t {
        unknown, ///< not known yet, or its objects are not
        away,    ///< it does not run
        here,    ///< objects() are its
    };

    NetworkManager(GDBusConnection* bus, Listener listener);

    Presence presence() const noexcept { return presence_; }
    /// Another number after each change of the process: what was asked before is not answered.
    std::uint64_t generation() const noexcept { return generation_; }
    /// As it last showed them.
    const ObjectTree& objects() const noexcept { return objects_; }

    using Fetched = std::function<void(Result<FetchedProfile>)>;
    /// Asks for settings and secrets of a profile by its object path; of one at most once at a
    /// time. One that is edited meanwhile is told of as edited, before it is fetched.
    void fetch(const std::string& profile, Fetched fetched);

private:
    /// Signals that came while all objects were being asked for: the answer may be older.
    struct Missed {
        std::string path;
        std::string member;
        VariantPtr arguments;
    };
    struct Fetch;

    void listen(const SignalMatch& match);
    void on_owner(bool is_owned);
    void read_objects();
    void take_objects(Result<VariantPtr> answer);
    void take_secrets(const std::string& profile, Fetch& both, Result<VariantPtr> answer);
    void on_signal(const Signal& signal);
    void apply(const std::string& path, std::string_view member, GVariant* arguments);

    GDBusConnection* bus_;
    Listener listener_;
    ObjectTree objects_{};
    Presence presence_{Presence::unknown};
    std::uint64_t generation_{0};
    std::vector<Missed> missed_{};
    Echo echo_{};
    std::list<Subscription> subscriptions_{};
    std::unique_ptr<Calls> calls_{};
    Timer again_;
    std::unique_ptr<NameWatch> owner_{};
};

} // namespace wgnl::nm
