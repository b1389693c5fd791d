// SPDX-License-Identifier: LGPL-2.1-or-later
// When to look at a peer again because something was sent to it: no packet announces that nothing
// comes back.
#pragma once

#include <optional>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Pure. While data is sent it is looked for again, before the kernel has given up its own wait for
/// an answer (15 s); one that has fallen quiet is looked at once more, and then no more.
class Traffic {
public:
    static constexpr Boottime first = std::chrono::seconds(4);   ///< does it go on?
    static constexpr Boottime lasting = std::chrono::seconds(8); ///< it does
    static constexpr Boottime next = std::chrono::seconds(14);   ///< from then on
    static constexpr Boottime last = std::chrono::seconds(100);

    /// A reading at `at` showed that data had been sent since the one before, or had not. Readings
    /// may come at any time; that nothing is sent shows only in one that comes when it is due.
    void looked(Boottime at, bool sent) {
        if (sent)
            return go_on(at);
        if (!due_ || at < *due_)
            return;
        due_ = began_ && at < sent_ + last ? std::optional(sent_ + last) : std::nullopt;
        began_.reset();
    }
    /// Nothing can be sent.
    void stop() { *this = {}; }
    std::optional<Boottime> due() const { return due_; }

private:
    void go_on(Boottime at) {
        began_ = began_.value_or(at);
        sent_ = at;
        due_ = at + (at - *began_ < lasting ? first : next);
    }

    std::optional<Boottime> began_{}; ///< when data was first seen that others have followed since
    Boottime sent_{};                 ///< when it was last seen
    std::optional<Boottime> due_{};
};

} // namespace wgnl::daemon
