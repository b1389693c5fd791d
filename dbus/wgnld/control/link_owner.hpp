// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of the one who owns the link of a device: networkd, as far as it tells.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "declaration_registry.hpp"
#include "host/networkd_state.hpp"

namespace wgnl::daemon {

/// Pure.
class LinkOwner {
public:
    /// It is busy with its links until then.
    void set_active(Boottime until) { active_until_ = until; }
    bool active(Boottime now) const { return now < active_until_; }
    /// The .netdev file that it has the link from; see netdev_file_of().
    void set_file(std::optional<std::string> file) { file_ = std::move(file); }
    /// Whether it has not said whose the link is.
    void set_unsaid(bool unsaid) { unsaid_ = unsaid; }
    bool unsaid() const { return unsaid_; }

    /// Whether it has what its files declare. `declared` may be null. `names_files`: it tells.
    void watch(const SourceDeclaration* declared, bool has_link, bool names_files, Boottime now);
    /// Whether nothing is to be said yet, because it is given time to say whose the link is.
    bool waits(Boottime now) const { return unsaid_ && watch_.due(now).has_value(); }
    std::optional<Problem> problem(const Declaration& declared, Boottime now) const {
        return watch_.problem(declared, now);
    }
    std::optional<Boottime> due(Boottime now) const { return watch_.due(now); }

private:
    OwnerWatch watch_{};
    std::optional<std::string> file_{};
    bool unsaid_{false};
    Boottime active_until_{};
};

} // namespace wgnl::daemon
