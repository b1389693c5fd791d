// SPDX-License-Identifier: LGPL-2.1-or-later
// From the [Peer] sections of a file to the peers that the kernel would have after `wg setconf`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wgnl/declaration.hpp>

#include "values.hpp"

namespace wgnl {

/// Problems of one file, at most so many.
class ProblemList {
public:
    ProblemList(std::string_view file, std::size_t limit);

    /// Its location needs no file.
    void add(Problem problem);
    /// In this file.
    Location at(std::size_t line, std::size_t column = 0) const;
    std::size_t size() const noexcept { return problems_.size(); }
    /// Those from the `first` one on are about this peer.
    void name_peer(std::size_t first, const PublicKey& peer);
    /// Everything so far; the last entry tells how many were left out, if any were.
    std::vector<Problem> take();

private:
    std::string file_;
    std::size_t limit_;
    std::size_t left_out_{};
    std::vector<Problem> problems_{};
};

/// One [Peer] section.
struct PeerSection {
    struct Item {
        AllowedIp prefix{};
        bool removes{false};
        std::size_t line{};
    };
    DeclaredPeer peer{}; ///< without its allowed IPs
    bool named{false};   ///< its PublicKey= could be read
    bool clears_preshared_key{false};
    /// What an earlier section of this peer allowed goes; not so after a '+' or '-'.
    bool replaces_allowed_ips{true};
    std::vector<Item> items{};
    std::size_t line{};
};

/// Settles sections in their order: the later one keeps what two of them claim.
class PeerFold {
public:
    /// So many sections will come.
    PeerFold(std::optional<PublicKey> own_key, std::size_t sections, ProblemList& problems);

    void add(PeerSection section);
    std::vector<DeclaredPeer> take();

private:
    static constexpr std::size_t nobody = ~std::size_t{0};
    struct PrefixOwner {
        std::size_t owner;
        std::size_t line;
    };

    bool is_own_key(const PeerSection& section);
    std::size_t entry_of(const PeerSection& section);
    void merge(std::size_t owner, PeerSection& section);
    void disown(std::size_t owner);
    void settle(const PeerSection::Item& item, std::size_t owner);
    void claim(const PeerSection::Item& item, std::size_t owner);
    void warn_of_loss(const PrefixOwner& loser, const PeerSection::Item& winner);
    void finish(std::size_t owner);

    std::optional<PublicKey> own_key_;
    ProblemList& problems_;
    /// With every prefix that they claimed, also what others have claimed since, until take().
    std::vector<DeclaredPeer> peers_{};
    std::vector<std::size_t> lines_{}; ///< of the last section of each
    std::unordered_map<PublicKey, std::size_t> index_{};
    std::unordered_map<AllowedIp, PrefixOwner> claims_{};
};

} // namespace wgnl
