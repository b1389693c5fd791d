// SPDX-License-Identifier: LGPL-2.1-or-later
// Which profiles run, what of them is to be read and told, and what stays declared. Pure: no clock,
// no bus.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "common/sent_declarations.hpp"
#include "nm/profile/profile_reader.hpp"
#include "nm/service/objects.hpp"

namespace wgnl::nm {

/// Each running profile, and what wgnld was told of it.
class RunningProfiles {
public:
    /// Takes in which profiles run. With `may_forget` the others are no longer declared; without,
    /// they stand, because NetworkManager has not taken up everything yet. Returns the profiles to
    /// be read: those that are activated, and were not, or anew, or whose device or mark changed.
    std::vector<std::string> follow(const std::vector<ActiveProfile>& active, bool may_forget);

    bool knows(const std::string& profile) const { return profiles_.contains(profile); }
    /// What runs as this profile; null: nothing that may be declared now.
    const ActiveProfile* find(const std::string& profile) const;
    /// What is to be sent for a profile that was read; absent: wgnld knows it, or it no longer
    /// runs. Its origin is the profile's object path.
    std::optional<adapter::PendingDeclaration> declare(const std::string& profile,
                                                       const Declaration& declaration);

    /// What the profile said at the first reading after it was last activated; absent: it has not
    /// been read since.
    std::optional<FullTunnel> set_up(const std::string& profile) const;
    void note_set_up(const std::string& profile, const FullTunnel& now);

    /// The devices that stay declared, each once.
    std::set<std::string> retained() const;
    /// Whether wgnld has to be told of them, as it is until note_retained().
    bool wants_retain() const noexcept { return wants_retain_; }
    void note_retained() noexcept { wants_retain_ = false; }
    void forget_retained() noexcept { wants_retain_ = true; }

    /// wgnld has lost what it was told (it restarted): everything is news again. Returns the
    /// profiles to be read.
    std::vector<std::string> forget_sent();
    /// wgnld did not take the declaration of this profile.
    void forget_sent(const std::string& profile) { sent_.forget(profile); }

private:
    struct Profile {
        ActiveProfile active{};
        std::optional<FullTunnel> set_up{};
    };
    /// True if the profile is to be read.
    bool take(ActiveProfile now);
    void forget_all_but(const std::set<std::string>& running);

    std::map<std::string, Profile> profiles_{}; ///< by object path
    adapter::SentDeclarations sent_{};          ///< by object path
    bool wants_retain_{true};
};

} // namespace wgnl::nm
