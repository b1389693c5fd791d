// SPDX-License-Identifier: LGPL-2.1-or-later
// What somebody else keeps changing back is left alone for a while.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Counts repairs per field, so that two programs never fight over one for long.
class RepairLimiter {
public:
    static constexpr int repairs = 3;
    static constexpr std::chrono::nanoseconds window = std::chrono::seconds(60);
    static constexpr std::chrono::nanoseconds rest = std::chrono::minutes(5);

    /// Notes that this field is about to be repaired. False if it was repaired three times in the
    /// last 60 s: then it is left alone for five minutes.
    bool allows(const Difference& field, Boottime now);
    /// The fields that are left alone at `now`.
    std::vector<Difference> engaged(Boottime now) const;
    /// When the next of them is no longer; absent: none is left alone.
    std::optional<Boottime> due(Boottime now) const;
    /// A person asked, or the declaration changed: start counting anew.
    void release() { fields_.clear(); }

private:
    struct Count {
        std::vector<Boottime> repaired{};
        Boottime until{};
    };
    std::map<Difference, Count> fields_;
};

/// The declaration without the fields that are left alone: their peers are kept as they are, device
/// fields are declared as they are live.
Declaration without(Declaration declared, const std::vector<Difference>& left_alone,
                    std::uint32_t live_fwmark);

} // namespace wgnl::daemon
