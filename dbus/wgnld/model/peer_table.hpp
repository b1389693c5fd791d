// SPDX-License-Identifier: LGPL-2.1-or-later
// All peers of one device: readings and declarations in, changes out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "peer_model.hpp"

namespace wgnl::daemon {

inline constexpr std::size_t peer_state_count = 7;
/// Peers per PeerState, in the order of the enumeration.
using StateCounts = std::array<std::uint32_t, peer_state_count>;

using DeclaredPeers = std::unordered_map<PublicKey, DeclaredPeerInfo>;

/// What one input changed of the peers.
struct PeersUpdate {
    std::vector<PeerUpdate> peers{}; ///< only those with news; none while not listed
    bool relisted{false};            ///< peers are listed again: all of them are new to clients
    /// A declared peer was re-created, vanished, or had its endpoint written over: there is
    /// something to restore.
    bool reset{false};
    bool suspected{false};      ///< a peer became suspect
    std::uint64_t handshakes{}; ///< new ones, of all peers
};

/// How many peers are how.
struct PeerTally {
    StateCounts states{};
    std::uint32_t suspects{};

    void count(const PeerUpdate& peer);
};

/// Of encrypted packets.
struct ByteCounters {
    std::uint64_t rx{};
    std::uint64_t tx{};
};

class PeerTable {
public:
    /// More are not listed one by one, until there are fewer than `listed_again`.
    static constexpr std::size_t most_listed = 4096;
    static constexpr std::size_t listed_again = 2048;

    // --- inputs in pieces, of which no other input comes in between
    void begin_take(std::vector<PeerReading> peers, const Circumstance& now);
    void begin_declare(DeclaredPeers declared);
    /// Goes on with what was begun, for that many peers; the update once it is through.
    std::optional<PeersUpdate> advance(std::size_t peers);
    /// Whether something was begun and is not through.
    bool in_pieces() const { return taking_ || declaring_; }

    /// The link is gone.
    PeersUpdate lose(const Circumstance& now);
    PeersUpdate undeclare();
    /// Problems that come and go; peers that are not named have none.
    PeersUpdate set_notices(const std::unordered_map<PublicKey, std::vector<Problem>>& notices);
    /// Judges again as time goes by.
    PeersUpdate judge_at(Boottime now);
    /// The machine slept until now.
    PeersUpdate renew(Boottime now);
    /// What to restore of peers that were reset since the last successful restoration.
    std::unordered_map<PublicKey, Remembered> begin_restore();
    void end_restore(bool restored);

    std::size_t size() const { return peers_.size(); }
    const PeerModel* find(const PublicKey& key) const;
    /// All whose declared name or key in base64 is this text.
    std::vector<const PeerModel*> find_named(std::string_view name_or_key) const;
    /// By name, then by key.
    std::vector<const PeerModel*> sorted() const;
    std::vector<PublicKey> keys() const; ///< of all peers, in no order
    /// Whether each is an object of its own.
    bool listed() const { return listed_; }
    const StateCounts& state_counts() const { return tally_.states; }
    /// Of the last reading, together.
    ByteCounters bytes() const { return bytes_; }
    bool has_suspects() const { return tally_.suspects > 0; }
    /// When a reading may show other states, though nothing was announced; absent: never.
    std::optional<Boottime> next_look() const { return next_look_; }

private:
    struct Row {
        PeerModel model;
        std::uint64_t seen{};     ///< number of the last reading it was in
        std::uint64_t declared{}; ///< of the last declaration that named it
    };
    using Names = std::unordered_multimap<std::size_t, PublicKey>; ///< by the hash of the name
    struct Taking {
        std::vector<PeerReading> peers{};
        Circumstance now{};
        std::uint64_t number{};
        std::size_t done{};
        ByteCounters bytes{};
        std::optional<Boottime> next_look{};
        PeersUpdate update{};
    };
    struct Declaring {
        DeclaredPeers peers{};
        Names names{};
        std::uint64_t number{};
        DeclaredPeers::iterator next{};
        PeersUpdate update{};
    };
    std::optional<PeersUpdate> advance(Taking& taking, std::size_t peers);
    PeersUpdate end_take();
    std::optional<PeersUpdate> advance(Declaring& declaring, std::size_t peers);
    PeersUpdate end_declare();
    Row& row(const PublicKey& key);
    void collect(PeersUpdate& update, PeerUpdate peer);
    template <typename Change> PeersUpdate change_all(Change change);
    void take_missing(std::uint64_t number, const Circumstance& now, PeersUpdate& update);
    PeersUpdate finish(PeersUpdate update);

    std::unordered_map<PublicKey, Row> peers_{};
    Names names_{};
    PeerTally tally_{};
    std::optional<Boottime> next_look_{};
    ByteCounters bytes_{};
    bool listed_{true};
    std::uint64_t inputs_{}; ///< readings and declarations so far
    std::optional<Taking> taking_{};
    std::optional<Declaring> declaring_{};
    std::vector<PublicKey> removed_{}; ///< to be forgotten when the input is through
};

} // namespace wgnl::daemon
