// SPDX-License-Identifier: LGPL-2.1-or-later
// One peer's life: readings in, changes to publish out.
#include "peer_model.hpp"

#include <algorithm>
#include <array>

#include "read_schedule.hpp"

namespace wgnl::daemon {

namespace {

/// A named peer with traffic has re-keyed after 120 s, unless its address has become another. Two
/// looks, 15 s apart, are what it takes to see that nothing comes back.
constexpr std::array<std::chrono::nanoseconds, 2> looks_for_rekey{std::chrono::seconds(125),
                                                                  std::chrono::seconds(140)};

template <typename T>
std::optional<T> field_of(const PeerReading* reading, T PeerReading::* field) {
    return reading ? std::optional(reading->*field) : std::nullopt;
}

std::string text_of(const PeerReading* reading) {
    return reading && reading->endpoint ? reading->endpoint->to_string() : std::string();
}

} // namespace

const std::string& PeerModel::name() const {
    static const std::string none;
    return declared_ ? declared_->name : none;
}

std::string PeerModel::endpoint() const { return text_of(live_ ? &*live_ : nullptr); }

PeerUpdate PeerModel::take(const PeerReading* seen, const Circumstance& now) {
    PeerUpdate update{.key = key_};
    const bool existed = exists();
    const bool was_live = live_.has_value();
    // No back end forgets an endpoint: counters that were still zero tell of no reset, this does.
    const bool forgot = was_live && live_->endpoint && seen && !seen->endpoint;
    const bool worked = judgement_.state == PeerState::established && !judgement_.stalled;
    const bool written_over = memory_.take({was_live ? &*live_ : nullptr, seen},
                                           declared_ ? &*declared_ : nullptr, worked, now);
    note_changes(seen, update);
    note_handshake(seen, now.at, update);
    if (seen)
        live_ = *seen;
    else
        live_.reset();
    last_ = observation(now);
    // A peer that comes with the key has only had sessions by it.
    if (now.sessions_void && was_live)
        wgnl::renew(track_, now.at.boot);
    note_traffic();
    const bool recreated =
        (observe(track_, last_) || forgot) && (was_live || !now.after_our_change);
    const bool renewed = recreated || (was_live && !seen);
    if (renewed)
        memory_.lose();
    update.reset = renewed || written_over;
    judge(now.at.boot, update);
    memory_.remember(update.reset, live_, judgement_.state);
    update.added = !existed && exists();
    update.removed = existed && !exists();
    return update;
}

Observation PeerModel::observation(const Circumstance& now) const {
    Observation seen{.at = now.at.boot, .live = live_.has_value(), .link_up = now.link_up};
    if (!live_)
        return seen;
    seen.endpoint_known = live_->endpoint.has_value();
    seen.keepalive = live_->persistent_keepalive;
    seen.handshake = handshake_;
    seen.rx_bytes = live_->rx_bytes;
    seen.tx_bytes = live_->tx_bytes;
    return seen;
}

PeerUpdate PeerModel::declare(std::optional<DeclaredPeerInfo> declared) {
    PeerUpdate update{.key = key_};
    const bool existed = exists();
    const DeclaredPeerInfo before = declared_.value_or(DeclaredPeerInfo{});
    const DeclaredPeerInfo after = declared.value_or(DeclaredPeerInfo{});
    const auto note = [&](bool changed, const char* property) {
        if (changed)
            update.properties.push_back(property);
    };
    note(declared_.has_value() != declared.has_value(), "Declared");
    note(before.name != after.name, "Name");
    note(before.endpoint != after.endpoint, "DeclaredEndpoint");
    note(before.problems != after.problems, "Problems");
    if (before.endpoint != after.endpoint)
        memory_.edit();
    declared_ = std::move(declared);
    update.added = !existed && exists();
    update.removed = existed && !exists();
    update.before = standing();
    suspect_ = looks_suspect();
    update.after = standing();
    return update;
}

PeerUpdate PeerModel::set_notices(std::vector<Problem> notices) {
    PeerUpdate update{.key = key_};
    if (notices != notices_)
        update.properties.push_back("Problems");
    notices_ = std::move(notices);
    update.before = update.after = standing();
    return update;
}

PeerUpdate PeerModel::judge_at(Boottime now) {
    PeerUpdate update{.key = key_};
    judge(now, update);
    return update;
}

PeerUpdate PeerModel::renew(Boottime now) {
    PeerUpdate update{.key = key_};
    wgnl::renew(track_, now);
    judge(now, update);
    return update;
}

bool PeerModel::is_wanted() const {
    return last_.live && last_.link_up && last_.endpoint_known && last_.keepalive != 0;
}

bool PeerModel::looks_suspect() const {
    const bool well = judgement_.state == PeerState::established && !judgement_.stalled;
    const bool may_speak = live_ && last_.link_up;
    return may_speak && !well && (is_wanted() || (declared_ && declared_->named));
}

std::optional<Boottime> PeerModel::next_look() const {
    auto next = judgement_.deadline;
    if (!live_)
        return std::nullopt;
    if (judgement_.state != PeerState::unreachable) // what ends that is a handshake, which is heard
        next = earlier(next, traffic_.due());
    if (!declared_ || !declared_->named || !handshake_)
        return next;
    for (const auto after : looks_for_rekey)
        if (*handshake_ + after > last_.at)
            return earlier(next, *handshake_ + after);
    return next;
}

void PeerModel::note_changes(const PeerReading* seen, PeerUpdate& update) const {
    const PeerReading* before = live_ ? &*live_ : nullptr;
    const auto note = [&](auto field, const char* property) {
        if (field_of(before, field) != field_of(seen, field))
            update.properties.push_back(property);
    };
    note(&PeerReading::allowed_ips, "AllowedIPs");
    note(&PeerReading::persistent_keepalive, "PersistentKeepalive");
    note(&PeerReading::has_preshared_key, "HasPresharedKey");
    if (field_of(before, &PeerReading::endpoint).value_or(std::nullopt) ==
        field_of(seen, &PeerReading::endpoint).value_or(std::nullopt))
        return;
    update.properties.push_back("Endpoint");
    update.endpoint.emplace(text_of(before), text_of(seen));
}

void PeerModel::note_handshake(const PeerReading* seen, Moment at, PeerUpdate& update) {
    const auto before = live_ ? live_->last_handshake : std::chrono::nanoseconds{};
    const auto after = seen ? seen->last_handshake : std::chrono::nanoseconds{};
    if (before == after)
        return;
    update.properties.push_back("LastHandshake");
    update.properties.push_back("LastHandshakeBoottime");
    handshake_.reset();
    if (after.count() == 0)
        return;
    handshake_ =
        handshake_time(after, {at.boot, at.real}, live_ ? std::optional(last_.at) : std::nullopt);
    // A peer that was not there before may come with its session, or have made a new one since.
    const bool was_looked_for = last_.at != Boottime{};
    if (was_looked_for && *handshake_ > last_.at)
        update.handshake = after;
}

/// Before the observation is taken in.
void PeerModel::note_traffic() {
    if (last_.live && last_.link_up)
        traffic_.looked(last_.at, sent_data(track_, last_));
    else
        traffic_.stop();
}

void PeerModel::judge(Boottime now, PeerUpdate& update) {
    const auto before = judgement_;
    update.before = standing();
    judgement_ = wgnl::judge(track_, last_, std::max(now, last_.at));
    if (!live_)
        judgement_ = {PeerState::absent};
    suspect_ = looks_suspect();
    update.after = standing();
    if (before.state != judgement_.state) {
        update.properties.push_back("State");
        update.state.emplace(before.state, judgement_.state);
    }
    if (before.stalled != judgement_.stalled)
        update.properties.push_back("Stalled");
}

} // namespace wgnl::daemon
