// SPDX-License-Identifier: LGPL-2.1-or-later
// The endpoint that one peer had a session by, kept for when somebody takes it away.
#pragma once

#include <cstdint>
#include <optional>

#include <wgnl/plan.hpp>
#include <wgnl/state.hpp>

#include "device_reading.hpp"

namespace wgnl::daemon {

struct Circumstance;
struct DeclaredPeerInfo;

/// Pure.
class EndpointMemory {
public:
    /// How the peer was in the last reading, and how it is in this one; null: it was in none.
    struct Step {
        const PeerReading* before{};
        const PeerReading* after{};
    };

    /// The endpoint is declared as another, which is not applied yet.
    void edit() { edited_ = true; }
    /// Takes in a reading. Whether somebody wrote another endpoint over one that `worked`.
    bool take(const Step& step, const DeclaredPeerInfo* declared, bool worked,
              const Circumstance& now);
    /// The peer was re-created, or is gone.
    void lose();
    /// After each reading, as the peer is then; `reset`: it lost something.
    void remember(bool reset, const std::optional<PeerReading>& live, PeerState state);

    /// What to restore after a reset; absent if nothing was lost, or nothing is known.
    std::optional<Remembered> begin_restore();
    void end_restore(bool restored);

private:
    enum class Loss : std::uint8_t { none, lost, restoring };
    bool is_written_over(const Step& step, const DeclaredPeerInfo* declared, bool worked,
                         const Circumstance& now) const;
    void note_roaming(const Step& step, const Circumstance& now);

    std::optional<Remembered> memory_{};
    bool edited_{false};
    bool roamed_{false}; ///< the live endpoint was learnt from the peer's own packets
    Loss loss_{Loss::none};
};

} // namespace wgnl::daemon
