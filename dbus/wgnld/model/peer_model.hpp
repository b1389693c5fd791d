// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of one peer: declared, live, and how it is doing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/state.hpp>

#include "device_reading.hpp"
#include "endpoint_memory.hpp"
#include "read_schedule.hpp"

namespace wgnl::daemon {

/// What a declaration says of a peer, without its secrets.
struct DeclaredPeerInfo {
    std::string name{};
    std::string endpoint{}; ///< as written
    bool named{false};      ///< the endpoint is a host name
    std::vector<Problem> problems{};

    bool operator==(const DeclaredPeerInfo&) const = default;
};

/// How a peer is doing, as far as its device counts it.
struct PeerStanding {
    PeerState state{PeerState::absent};
    bool suspect{false};
};

/// What one input changed, in the terms of the bus.
struct PeerUpdate {
    PublicKey key{};
    bool added{false};                     ///< the object exists from now on
    bool removed{false};                   ///< neither declared nor live any more
    bool reset{false};                     ///< re-created, vanished, or its endpoint written over
    PeerStanding before{};                 ///< until now
    PeerStanding after{};                  ///< from now on
    std::vector<const char*> properties{}; ///< names of those that changed and emit
    std::optional<std::chrono::nanoseconds> handshake{};           ///< a new one, since the epoch
    std::optional<std::pair<std::string, std::string>> endpoint{}; ///< old and new
    std::optional<std::pair<PeerState, PeerState>> state{};        ///< old and new

    bool silent() const { return properties.empty() && !added && !removed; }
};

/// Under what conditions a reading was made.
struct Circumstance {
    Moment at{};
    bool link_up{true};
    bool sessions_void{false};    ///< the device's private key changed since the last one
    bool after_our_change{false}; ///< read back: a peer that is new here was added by us
};

class PeerModel {
public:
    explicit PeerModel(const PublicKey& key) : key_(key) {}

    /// Takes in a reading; null: the peer was not in it.
    PeerUpdate take(const PeerReading* seen, const Circumstance& now);
    /// Takes in what is declared of it; absent: nothing any more.
    PeerUpdate declare(std::optional<DeclaredPeerInfo> declared);
    /// Problems that come and go while the declaration stays as it is.
    PeerUpdate set_notices(std::vector<Problem> notices);
    /// Judges again as time goes by.
    PeerUpdate judge_at(Boottime now);
    /// The machine slept: what was before says nothing of the sessions any more.
    PeerUpdate renew(Boottime now);

    const PublicKey& key() const { return key_; }
    bool exists() const { return live_ || declared_; }
    bool is_declared() const { return declared_.has_value(); }
    const std::optional<PeerReading>& live() const { return live_; }
    const std::optional<DeclaredPeerInfo>& declared() const { return declared_; }
    const std::vector<Problem>& notices() const { return notices_; }
    PeerState state() const { return judgement_.state; }
    bool stalled() const { return judgement_.stalled; }
    /// Should be connected (by its keepalive, or by a name that could be resolved again), and is
    /// not: nothing but looking tells for how long.
    bool suspect() const { return suspect_; }
    /// When a reading may show another state than this, though nothing was announced; absent:
    /// never.
    std::optional<Boottime> next_look() const;
    /// When the last handshake was; absent: there was none.
    std::optional<Boottime> handshake() const { return handshake_; }
    std::string endpoint() const;    ///< live; empty if none
    const std::string& name() const; ///< as declared; empty if not

    /// What to restore after a reset; absent if nothing was lost, or nothing is known.
    std::optional<Remembered> begin_restore() { return memory_.begin_restore(); }
    void end_restore(bool restored) { memory_.end_restore(restored); }

private:
    void note_handshake(const PeerReading* seen, Moment at, PeerUpdate& update);
    Observation observation(const Circumstance& now) const;
    void note_changes(const PeerReading* seen, PeerUpdate& update) const;
    void note_traffic();
    void judge(Boottime now, PeerUpdate& update);
    PeerStanding standing() const { return {judgement_.state, suspect_}; }
    bool is_wanted() const;
    bool looks_suspect() const;

    PublicKey key_;
    std::optional<DeclaredPeerInfo> declared_{};
    std::vector<Problem> notices_{};
    std::optional<PeerReading> live_{};
    std::optional<Boottime> handshake_{}; ///< converted once, so that clock steps do not matter
    PeerTrack track_{};
    Observation last_{};
    Judgement judgement_{PeerState::absent};
    Traffic traffic_{};
    bool suspect_{false};
    EndpointMemory memory_{};
};

} // namespace wgnl::daemon
