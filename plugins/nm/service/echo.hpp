// SPDX-License-Identifier: LGPL-2.1-or-later
// Edits of a profile, told from the echo of our own questions.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace wgnl::nm {

/// NetworkManager merges the secrets that it answers with into the profile, and announces that as
/// it does an edit: "Updated", on the bus before the answer (get_secrets_done_cb() in
/// nm-settings-connection.c; seen with 1.42, 1.52 and 1.58). Whoever reads a profile because it was
/// updated would never come to an end. A profile is asked for once at a time.
class Echo {
public:
    void asked(const std::string& profile) { announced_[profile] = 0; }

    /// Whether a profile that is announced as updated is to be read. While it is being asked for,
    /// answered() decides that.
    bool is_edit(const std::string& profile) {
        const auto asking = announced_.find(profile);
        if (asking == announced_.end())
            return true;
        ++asking->second;
        return false;
    }

    /// Whether the profile may have been edited while it was being asked for, and is to be read
    /// again. Of one announcement that is said only if the answer before came without: so reading
    /// comes to an end whatever NetworkManager announces, and where it has no echo no edit is lost.
    bool answered(const std::string& profile) {
        const auto asking = announced_.extract(profile);
        if (!asking)
            return false;
        const auto announced = asking.mapped();
        const bool was_silent = silent_.erase(profile) > 0;
        if (announced == 0)
            silent_.insert(profile);
        return announced > 1 || (announced == 1 && was_silent);
    }

private:
    std::map<std::string, std::size_t> announced_{}; ///< by profile that is being asked for
    std::set<std::string> silent_{};                 ///< whose last answer came without
};

} // namespace wgnl::nm
