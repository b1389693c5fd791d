// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules of asking again and of trying the next address.
#include "named_peer.hpp"

#include <algorithm>
#include <iterator>

namespace wgnl::daemon {

namespace {

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
    if (seen.endpoint != live_.endpoint)
        live_ = {seen.endpoint, now};
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
    question_.begin(need_ == Need::expected ? now + NameQuestion::patience[0] : now);
}

void NamedPeer::rest() {
    answered_ = resolved_ = false;
    question_.forget();
    tried_.clear();
    moved_.endpoint.reset();
}

void NamedPeer::renew(Boottime now) { question_.renew(now); }

void NamedPeer::answer(const NameAnswer& answer, Boottime now, double jitter) {
    question_.answered(now);
    if (need_ == Need::none)
        return;
    if (answer.addresses.empty())
        return question_.failed(now, answer.trouble, jitter);
    answers_ = answer.addresses;
    for (auto& address : answers_)
        address.port = name_.port;
    answered_ = true;
    found_at_ = now;
    resolved_ = need_ == Need::edited;
    question_.succeeded(now);
}

bool NamedPeer::among_answers(const Endpoint& endpoint) const {
    return contains(answers_, endpoint);
}

/// The live address if it is among them, whatever its port.
Endpoint NamedPeer::preferred() const {
    const auto same = [this](const Endpoint& answer) {
        return live_.endpoint && answer.address == live_.endpoint->address;
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
    const auto since = std::max(live_.at, quiet_since_);
    return (moved_.endpoint ? std::max(since, moved_.at) : since) + answer_due;
}

std::optional<Endpoint> NamedPeer::untried(bool other_family) const {
    for (const auto& answer : answers_) {
        const bool differs = answer.address.family() != live_.endpoint->address.family();
        if (answer != *live_.endpoint && differs == other_family && !contains(tried_, answer))
            return answer;
    }
    return std::nullopt;
}

/// The next address in turn, of the other family if there is one; after the last, all over again.
std::optional<Endpoint> NamedPeer::next() {
    tried_.push_back(*live_.endpoint);
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
    if (need_ == Need::missing || !among_answers(*live_.endpoint)) {
        if (!answered_) // what was known before says nothing of a peer that roamed
            return std::nullopt;
        const auto wanted = preferred();
        return moved_.endpoint == wanted && now < moved_.at + answer_due ? std::nullopt
                                                                         : std::optional(wanted);
    }
    const bool is_told = answered_ || question_.is_failing(); // an answer on its way is waited for
    return is_told && now >= patient_until() ? next() : std::nullopt;
}

std::optional<Endpoint> NamedPeer::move(Boottime now) {
    auto chosen = choose(now);
    if (chosen)
        moved_ = {chosen, now};
    return chosen;
}

std::optional<Boottime> NamedPeer::due(Boottime now) const {
    if (need_ == Need::none)
        return std::nullopt;
    std::optional<Boottime> first;
    for (const auto at : {asking() ? now : ask_at(), patient_until()})
        if (at > now && (!first || at < *first))
            first = at;
    return first;
}

} // namespace wgnl::daemon
