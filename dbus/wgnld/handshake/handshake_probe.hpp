// SPDX-License-Identifier: LGPL-2.1-or-later
// When to look for the handshakes that packets have announced for one device.
#pragma once

#include <algorithm>
#include <optional>

#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// Pure. A packet comes before its handshake is done: the initiator's clock stamps it when the
/// response has been worked through, the responder's with the first data under the new key.
class HandshakeProbe {
public:
    static constexpr Boottime first = std::chrono::milliseconds(5);
    static constexpr Boottime longest = std::chrono::milliseconds(640);
    /// An initiation that has led nowhere by then is repeated, and heard again.
    static constexpr Boottime patience = std::chrono::seconds(5);

    /// So many packets announced as many handshakes. `anew`: look closely again, whatever came of
    /// those before.
    void on_packets(Boottime now, std::uint64_t packets, bool anew) {
        awaited_ += packets;
        until_ = now + patience;
        if (next_ && !anew)
            return;
        delay_ = first;
        next_ = earliest(next_, now + first);
    }
    /// A reading that began at `at` showed this many new handshakes.
    void looked(Boottime at, std::uint64_t handshakes) {
        awaited_ -= std::min(awaited_, handshakes);
        if (awaited_ == 0 || at >= until_)
            return end();
        if (!next_ || at < *next_)
            return;
        delay_ = std::min(delay_ * 2, longest);
        next_ = at + delay_;
    }
    /// When to look next; absent: nothing is awaited.
    std::optional<Boottime> due() const { return next_; }

private:
    static Boottime earliest(const std::optional<Boottime>& a, Boottime b) {
        return a ? std::min(*a, b) : b;
    }
    void end() {
        awaited_ = 0;
        next_.reset();
    }

    std::uint64_t awaited_{};
    Boottime until_{};
    Boottime delay_{first};
    std::optional<Boottime> next_{};
};

} // namespace wgnl::daemon
