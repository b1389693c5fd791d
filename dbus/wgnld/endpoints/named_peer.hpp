// SPDX-License-Identifier: LGPL-2.1-or-later
// One peer whose endpoint is a host name: when to ask for it again, and where to point the peer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/state.hpp>

#include "name_question.hpp"

namespace wgnl::daemon {

/// What asking for a host name gave.
struct NameAnswer {
    std::vector<Endpoint> addresses{}; ///< without port; the one to try first comes first
    std::string trouble{};             ///< why there are none
};

/// How the peer is doing, as far as its endpoint matters.
struct PeerView {
    std::optional<Endpoint> endpoint{}; ///< live
    PeerState state{PeerState::absent};
    bool stalled{false};
    bool keepalive{false}; ///< it has one: it is meant to be connected all the time
};

/// Pure decisions: nothing is asked for or moved here. While the peer is well nothing is ever due.
class NamedPeer {
public:
    /// An address that has not answered for so long makes room for the next.
    static constexpr std::chrono::nanoseconds answer_due = std::chrono::seconds(15);
    /// For so long an answer is good for a peer that is only about to be added or changed.
    static constexpr std::chrono::nanoseconds fresh_for = std::chrono::minutes(1);

    explicit NamedPeer(HostPort name) : name_(std::move(name)) {}

    const std::string& host() const { return name_.host; }
    void look(const PeerView& seen, Boottime now);
    /// Whether the declaration changed to this name and the peer still has what was before: it is
    /// resolved even though the peer may be well.
    void set_edited(bool edited) { edited_ = edited; }
    /// The network changed, or the machine resumed: what failed may work now.
    void renew(Boottime now);

    bool asks(Boottime now) const {
        return need_ != Need::none && !question_.asking() && question_.at() <= now;
    }
    Boottime ask_at() const { return question_.at(); }
    void asked() { question_.asked(); }
    /// `jitter` (0 to 1) spreads the retries of many.
    void answer(const NameAnswer& answer, Boottime now, double jitter);
    bool asking() const { return question_.asking(); }

    /// Where to point the peer now; absent: it stays as it is. A move that is told is taken as
    /// done.
    std::optional<Endpoint> move(Boottime now);
    /// An edit was resolved: true once for each answer.
    bool take_resolved() { return std::exchange(resolved_, false); }
    /// What a peer that is to be added or changed gets; absent: the last answer is too old.
    std::optional<Endpoint> fresh(Boottime now) const;

    /// When something will be due; absent: nothing after `now`.
    std::optional<Boottime> due(Boottime now) const;
    /// Why it could not be resolved; empty: it could, or need not be.
    const std::string& trouble() const { return question_.trouble(); }
    std::chrono::nanoseconds retry_after() const { return question_.retry_after(); }
    bool has_endpoint() const { return live_.endpoint.has_value(); }

private:
    enum class Need : std::uint8_t {
        none,     ///< it is well, or nobody expects it to be connected
        expected, ///< it should have had a first handshake
        silent,   ///< it tries to, or was, and there is no answer
        missing,  ///< it has no endpoint
        edited,
    };
    /// An endpoint, and since when.
    struct Since {
        std::optional<Endpoint> endpoint{};
        Boottime at{};
    };
    Need need_of(const PeerView& seen) const;
    void begin(Boottime now);
    void rest();
    bool among_answers(const Endpoint& endpoint) const;
    Endpoint preferred() const;
    std::optional<Endpoint> choose(Boottime now);
    std::optional<Endpoint> next();
    std::optional<Endpoint> untried(bool other_family) const;
    Boottime patient_until() const;

    HostPort name_;
    Need need_{Need::none};
    bool edited_{false};
    bool resolved_{false};
    bool answered_{false}; ///< since the need began
    NameQuestion question_{};
    Boottime quiet_since_{};
    std::vector<Endpoint> answers_{};
    Boottime found_at_{};           ///< when they came
    std::vector<Endpoint> tried_{}; ///< since the need began
    Since live_{};
    Since moved_{};
};

} // namespace wgnl::daemon
