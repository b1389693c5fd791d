// SPDX-License-Identifier: LGPL-2.1-or-later
// When to look at a device again because something seems to be wrong with one of its peers.
#pragma once

#include <array>
#include <optional>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Pure. Peers that should be connected and are not: nothing announces that they stay so.
class PeerProbe {
public:
    static constexpr std::array<Boottime, 5> steps{
        std::chrono::seconds(5), std::chrono::seconds(10), std::chrono::seconds(20),
        std::chrono::seconds(40), std::chrono::seconds(60)};

    /// A reading at `at` found suspects or none; `news`: there are more of them than before.
    void looked(Boottime at, bool suspects, bool news) {
        if (!suspects)
            return next_.reset();
        if (!next_ || news)
            step_ = 0;
        else if (at < *next_)
            return;
        else
            step_ = step_ + 1 < steps.size() ? step_ + 1 : step_;
        next_ = at + steps[step_];
    }
    std::optional<Boottime> due() const { return next_; }

private:
    std::size_t step_{0};
    std::optional<Boottime> next_{};
};

} // namespace wgnl::daemon
