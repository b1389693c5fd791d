// SPDX-License-Identifier: LGPL-2.1-or-later
// Finding peers by key and by prefix among a hundred thousand, without an allocation for each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include <wgnl/address.hpp>
#include <wgnl/key.hpp>

namespace wgnl {

/// Position of a peer in its list.
using Position = std::uint32_t;
inline constexpr Position nowhere = std::numeric_limits<Position>::max();

/// An open-addressing table of positions: one allocation, however many entries. Of equal keys the
/// first one counts.
class PositionTable {
public:
    explicit PositionTable(std::size_t entries)
        : slots_(std::bit_ceil(2 * entries + 2), nowhere),
          shift_(64 - std::countr_zero(slots_.size())) {}

    /// `equals(position)` compares the entry at a position with the key that has this hash.
    template <typename Equals> Position find(std::size_t hash, Equals equals) const {
        return slots_[slot_of(hash, equals)];
    }
    template <typename Equals> void insert(std::size_t hash, Position position, Equals equals) {
        auto& slot = slots_[slot_of(hash, equals)];
        slot = slot == nowhere ? position : slot;
    }

private:
    template <typename Equals> std::size_t slot_of(std::size_t hash, Equals equals) const {
        auto slot = static_cast<std::size_t>((std::uint64_t{hash} * 0x9E3779B97F4A7C15U) >> shift_);
        while (slots_[slot] != nowhere && !equals(slots_[slot]))
            slot = (slot + 1) & (slots_.size() - 1);
        return slot;
    }

    std::vector<Position> slots_;
    int shift_;
};

/// Finds peers of a list (Peer, DeclaredPeer, RecordedPeer) by key. The list must outlive it.
/// Lists that were made from one another have the same order, so the place after the last hit is
/// tried before a table is built.
template <typename P> class PeerLookup {
public:
    explicit PeerLookup(const std::vector<P>& peers) : peers_(peers) {}

    Position find(const PublicKey& key) {
        if (next_ < peers_.size() && peers_[next_].public_key == key)
            return next_++;
        const auto found = search(key);
        next_ = found == nowhere ? next_ : found + 1;
        return found;
    }

private:
    Position search(const PublicKey& key) {
        if (!table_)
            build();
        return table_->find(std::hash<PublicKey>{}(key), is(key));
    }
    void build() {
        table_.emplace(peers_.size());
        for (Position at = 0; at < peers_.size(); ++at) {
            const auto& key = peers_[at].public_key;
            table_->insert(std::hash<PublicKey>{}(key), at, is(key));
        }
    }
    auto is(const PublicKey& key) const {
        return [this, &key](Position at) { return peers_[at].public_key == key; };
    }

    const std::vector<P>& peers_;
    std::optional<PositionTable> table_{};
    Position next_{0};
};

/// Says which peer of a list has or wants a prefix. What was added must outlive it.
class PrefixOwners {
    struct OwnedPrefix {
        const AllowedIp* prefix;
        Position owner;
    };
    auto is(const AllowedIp& prefix) const {
        return [this, &prefix](Position at) { return *entries_[at].prefix == prefix; };
    }

public:
    void add(const std::vector<AllowedIp>& prefixes, Position owner) {
        for (const auto& prefix : prefixes)
            entries_.push_back({&prefix, owner});
    }
    /// To be called once, after the last add().
    void seal() {
        table_.emplace(entries_.size());
        for (Position at = 0; at < entries_.size(); ++at) {
            const auto& prefix = *entries_[at].prefix;
            table_->insert(std::hash<AllowedIp>{}(prefix), at, is(prefix));
        }
    }
    Position find(const AllowedIp& prefix) const {
        const auto at = table_->find(std::hash<AllowedIp>{}(prefix), is(prefix));
        return at == nowhere ? nowhere : entries_[at].owner;
    }

private:
    std::vector<OwnedPrefix> entries_{};
    std::optional<PositionTable> table_{};
};

} // namespace wgnl
