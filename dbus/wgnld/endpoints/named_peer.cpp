// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules of asking again and of trying the next address.
#include "named_peer.hpp"

#include <algorithm>
#include <iterator>

namespace wgnl::daemon {

namespace {

constexpr Boottime shortest_gap = std::chrono::seconds(1);

bool contains(const std::vector<Endpoint>& list, const Endpoint& endpoint) {
    return std::ranges::find(list, endpoint) != list.end();
}

} // namespace

NamedPeer::Need NamedPeer::need_of(const PeerView& seen) const {
    if (seen.state == PeerState::absent)
        return Need::none;
    if (edited_)
        return Need::edited;
    if (!seen.endpoint || seen.endpoint->port == 0)
        return Need::missing;
    const bool tries = seen.state == PeerState::unreachable || seen.state == PeerState::handshaking;
    if (tries || (seen.state == PeerState::established && seen.stalled))
        return Need::silent;
    return seen.state == PeerState::never && seen.keepalive ? Need::expected : Need::none;
}

void NamedPeer::look(const PeerView& seen, Boottime now) {
    if (seen.endpoint != live_) {
        live_ = seen.endpoint;
        live_since_ = now;
    }
    const auto before = std::exchange(need_, need_of(seen));
    if (need_ == before)
        return;
    if (need_ == Need::none)
        rest();
    else if (before == Need::none || need_ == Need::missing || need_ == Need::edited)
        begin(now);
}

/// What makes a peer silent has lasted for 15 s before anybody can tell.
void NamedPeer::begin(Boottime now) {
    rest();
    quiet_since_ = need_ == Need::silent ? now - answer_due : now;
    ask_at_ =
        std::max(need_ == Need::expected ? now + patience[0] : now, last_answer_ + shortest_gap);
}

void NamedPeer::rest() {
    answered_ = resolved_ = false;
    steps_ = 0;
    failures_ = 0;
    tried_.clear();
    moved_to_.reset();
    trouble_.clear();
}

void NamedPeer::renew(Boottime now) {
    steps_ = 0;
    failures_ = 0;
    ask_at_ = std::min(ask_at_, std::max(now, last_answer_ + shortest_gap));
}

void NamedPeer::answer(const NameAnswer& answer, Boottime now, double jitter) {
    asking_ = false;
    last_answer_ = now;
    if (need_ == Need::none)
        return;
    if (answer.addresses.empty()) {
        const auto delay = std::min(longest_retry, first_retry * (1 << std::min(failures_, 9U)));
        const auto spread = std::chrono::duration_cast<Boottime>(delay * (1 - jitter / 4));
        retry_after_ = std::max(first_retry, spread);
        ask_at_ = now + retry_after_;
        ++failures_;
        trouble_ = answer.trouble;
        return;
    }
    answers_ = answer.addresses;
    for (auto& address : answers_)
        address.port = name_.port;
    answered_ = true;
    found_at_ = now;
    resolved_ = need_ == Need::edited;
    failures_ = 0;
    trouble_.clear();
    ask_at_ = now + patience[std::min(steps_, std::size(patience) - 1)];
    ++steps_;
}

bool NamedPeer::among_answers(const Endpoint& endpoint) const {
    return contains(answers_, endpoint);
}

/// The live address if it is among them, whatever its port.
Endpoint NamedPeer::preferred() const {
    const auto same = [this](const Endpoint& answer) {
        return live_ && answer.address == live_->address;
    };
    const auto found = std::ranges::find_if(answers_, same);
    return found == answers_.end() ? answers_.front() : *found;
}

std::optional<Endpoint> NamedPeer::fresh(Boottime now) const {
    if (answers_.empty() || now >= found_at_ + fresh_for)
        return std::nullopt;
    return preferred();
}

Boottime NamedPeer::patient_until() const {
    const auto since = std::max(live_since_, quiet_since_);
    return (moved_to_ ? std::max(since, moved_at_) : since) + answer_due;
}

std::optional<Endpoint> NamedPeer::untried(bool other_family) const {
    for (const auto& answer : answers_) {
        const bool differs = answer.address.family() != live_->address.family();
        if (answer != *live_ && differs == other_family && !contains(tried_, answer))
            return answer;
    }
    return std::nullopt;
}

/// The next address in turn, of the other family if there is one; after the last, all over again.
std::optional<Endpoint> NamedPeer::next() {
    tried_.push_back(*live_);
    for (int round = 0; round < 2; ++round) {
        for (const bool other_family : {true, false})
            if (auto found = untried(other_family))
                return found;
        tried_.clear();
    }
    return std::nullopt;
}

std::optional<Endpoint> NamedPeer::choose(Boottime now) {
    if (answers_.empty() || need_ == Need::none || need_ == Need::edited)
        return std::nullopt;
    if (need_ == Need::missing || !among_answers(*live_)) {
        if (!answered_) // what was known before says nothing of a peer that roamed
            return std::nullopt;
        const auto wanted = preferred();
        return moved_to_ == wanted && now < moved_at_ + answer_due ? std::nullopt
                                                                   : std::optional(wanted);
    }
    const bool is_told = answered_ || failures_ > 0; // an answer on its way is waited for
    return is_told && now >= patient_until() ? next() : std::nullopt;
}

std::optional<Endpoint> NamedPeer::move(Boottime now) {
    auto chosen = choose(now);
    if (chosen) {
        moved_to_ = chosen;
        moved_at_ = now;
    }
    return chosen;
}

std::optional<Boottime> NamedPeer::due(Boottime now) const {
    if (need_ == Need::none)
        return std::nullopt;
    std::optional<Boottime> first;
    for (const auto at : {asking_ ? now : ask_at_, patient_until()})
        if (at > now && (!first || at < *first))
            first = at;
    return first;
}

} // namespace wgnl::daemon
