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
    /// A peer is asked for again this long after the last answer, as long as nothing helps.
    static constexpr std::chrono::seconds patience[]{
        std::chrono::seconds(5), std::chrono::seconds(10), std::chrono::seconds(20),
        std::chrono::seconds(40), std::chrono::seconds(60)};
    static constexpr Boottime first_retry = std::chrono::seconds(1);
    static constexpr Boottime longest_retry = std::chrono::minutes(5);
    /// An address that has not answered for so long makes room for the next.
    static constexpr Boottime answer_due = std::chrono::seconds(15);
    /// For so long an answer is good for a peer that is only about to be added or changed.
    static constexpr Boottime fresh_for = std::chrono::minutes(1);

    explicit NamedPeer(HostPort name) : name_(std::move(name)) {}

    const std::string& host() const { return name_.host; }
    void look(const PeerView& seen, Boottime now);
    /// Whether the declaration changed to this name and the peer still has what was before: it is
    /// resolved even though the peer may be well.
    void set_edited(bool edited) { edited_ = edited; }
    /// The network changed, or the machine resumed: what failed may work now.
    void renew(Boottime now);

    bool asks(Boottime now) const { return need_ != Need::none && !asking_ && ask_at_ <= now; }
    Boottime ask_at() const { return ask_at_; }
    void asked() { asking_ = true; }
    /// `jitter` (0 to 1) spreads the retries of many.
    void answer(const NameAnswer& answer, Boottime now, double jitter);
    bool asking() const { return asking_; }

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
    const std::string& trouble() const { return trouble_; }
    Boottime retry_after() const { return retry_after_; }
    bool has_endpoint() const { return live_.has_value(); }

private:
    enum class Need : std::uint8_t {
        none,     ///< it is well, or nobody expects it to be connected
        expected, ///< it should have had a first handshake
        silent,   ///< it tries to, or was, and there is no answer
        missing,  ///< it has no endpoint
        edited,
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
    bool asking_{false};
    bool resolved_{false};
    bool answered_{false}; ///< since the need began
    std::size_t steps_{0}; ///< answers since then
    unsigned failures_{0}; ///< in a row
    Boottime ask_at_{};
    Boottime last_answer_{};
    Boottime quiet_since_{};
    std::vector<Endpoint> answers_{};
    Boottime found_at_{};           ///< when they came
    std::vector<Endpoint> tried_{}; ///< since the need began
    std::optional<Endpoint> live_{};
    Boottime live_since_{};
    std::optional<Endpoint> moved_to_{};
    Boottime moved_at_{};
    std::string trouble_{};
    Boottime retry_after_{};
};

} // namespace wgnl::daemon
