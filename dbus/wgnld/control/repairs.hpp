// SPDX-License-Identifier: LGPL-2.1-or-later
// Which differences are to be repaired, and which are left as they are.
#pragma once

#include <string>
#include <vector>

#include <wgnl/plan.hpp>

#include "model/repair_limiter.hpp"

namespace wgnl::daemon {

/// Pure.
class Repairs {
public:
    /// What a reading says of the declared fields; true if something is to be repaired that the
    /// limiter lets pass. `reset`: as DeviceUpdate says it. `owner_active`: the owner is just
    /// reloading, so that nobody is fighting.
    bool evaluate(const std::vector<Difference>& found, bool reset, bool owner_active,
                  Boottime now);
    /// What the last reconciliation left as it is; sorted.
    void accept(std::vector<Difference> left) { accepted_ = std::move(left); }
    /// A person asked, or the declaration changed: whoever fought may be gone.
    void release() { limiter_.release(); }

    std::vector<Difference> left_alone(Boottime now) const { return limiter_.engaged(now); }
    /// When one of them is no longer; absent: none is left alone.
    std::optional<Boottime> due(Boottime now) const { return limiter_.due(now); }
    /// Of each that is left alone at `device`.
    std::vector<Problem> problems(const std::string& device, Boottime now) const;

private:
    RepairLimiter limiter_{};
    std::vector<Difference> accepted_{}; ///< sorted
};

} // namespace wgnl::daemon
