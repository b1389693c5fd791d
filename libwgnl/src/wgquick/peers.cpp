// SPDX-License-Identifier: LGPL-2.1-or-later
// Two sections of one peer, and two peers with one prefix: the later one counts.
#include "peers.hpp"

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "base/text.hpp"

namespace wgnl {

ProblemList::ProblemList(std::string_view file, std::size_t limit)
    : file_(printable(without_keys(file), max_text_length / 2)), limit_(limit) {}

Location ProblemList::at(std::size_t line, std::size_t column) const {
    return {file_, static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(column)};
}

void ProblemList::add(Problem problem) {
    // One place is kept for the line that counts the rest.
    if (problems_.size() + 1 >= limit_) {
        ++left_out_;
        return;
    }
    problem.location.file = file_;
    problem.text = printable(problem.text);
    problems_.push_back(std::move(problem));
}

void ProblemList::name_peer(std::size_t first, const PublicKey& peer) {
    for (; first < problems_.size(); ++first)
        problems_[first].peer = peer;
}

std::vector<Problem> ProblemList::take() {
    if (left_out_ > 0 && limit_ > 0) {
        problems_.push_back(
            {Severity::error, at(0), fmt::format("{} more problems are not listed", left_out_)});
    }
    left_out_ = 0;
    return std::exchange(problems_, {});
}

PeerFold::PeerFold(std::optional<PublicKey> own_key, std::size_t sections, ProblemList& problems)
    : own_key_(own_key), problems_(problems) {
    peers_.reserve(sections);
    lines_.reserve(sections);
    index_.reserve(sections);
    claims_.reserve(sections);
}

bool PeerFold::is_own_key(const PeerSection& section) {
    if (!own_key_ || section.peer.public_key != *own_key_)
        return false;
    problems_.add({Severity::warning, problems_.at(section.line),
                   "PublicKey= is the device's own, which the kernel ignores as a peer; the "
                   "section is ignored",
                   "write the public key of the other side", "PublicKey"});
    return true;
}

/// The entry of the section's peer, a new one for a new key.
std::size_t PeerFold::entry_of(const PeerSection& section) {
    const auto [found, is_new] = index_.try_emplace(section.peer.public_key, peers_.size());
    if (is_new) {
        peers_.push_back({.public_key = section.peer.public_key});
        lines_.push_back(section.line);
        return found->second;
    }
    problems_.add(
        {.severity = Severity::warning,
         .location = problems_.at(section.line),
         .text = fmt::format("the peer {} has a section at {} too; both are put together, "
                             "and the allowed IPs of this one count",
                             section.peer.public_key.to_base64(),
                             to_string(problems_.at(lines_[found->second]))),
         .hint = "put both sections into one",
         .peer = section.peer.public_key});
    return found->second;
}

void PeerFold::merge(std::size_t owner, PeerSection& section) {
    auto& peer = peers_[owner];
    auto& later = section.peer;
    lines_[owner] = section.line;
    peer.location = std::move(later.location);
    peer.kept_as_is = peer.kept_as_is || later.kept_as_is;
    peer.name = later.name.empty() ? std::move(peer.name) : std::move(later.name);
    if (later.preshared_key || section.clears_preshared_key)
        peer.preshared_key = std::move(later.preshared_key);
    if (later.endpoint)
        peer.endpoint = std::move(later.endpoint);
    if (later.persistent_keepalive)
        peer.persistent_keepalive = later.persistent_keepalive;
}

void PeerFold::add(PeerSection section) {
    if (section.named && is_own_key(section))
        return;
    // Also the claims of a section without a usable key count: what a mistyped peer is to have must
    // not go to another one instead.
    const auto owner = section.named ? entry_of(section) : nobody;
    if (owner != nobody) {
        merge(owner, section);
        if (section.replaces_allowed_ips)
            disown(owner);
    }
    for (const auto& item : section.items)
        settle(item, owner);
}

void PeerFold::disown(std::size_t owner) {
    for (const auto& prefix : std::exchange(peers_[owner].allowed_ips, {})) {
        const auto found = claims_.find(prefix);
        if (found != claims_.end() && found->second.owner == owner)
            claims_.erase(found);
    }
}

void PeerFold::settle(const PeerSection::Item& item, std::size_t owner) {
    if (!item.removes)
        return claim(item, owner);
    const auto found = claims_.find(item.prefix);
    if (found != claims_.end() && found->second.owner == owner)
        claims_.erase(found);
}

void PeerFold::claim(const PeerSection::Item& item, std::size_t owner) {
    const auto [found, is_new] = claims_.try_emplace(item.prefix, PrefixOwner{owner, item.line});
    if (!is_new && found->second.owner == owner)
        return;
    if (!is_new) {
        warn_of_loss(found->second, item);
        found->second = {owner, item.line};
    }
    if (owner != nobody)
        peers_[owner].allowed_ips.push_back(item.prefix);
}

void PeerFold::warn_of_loss(const PrefixOwner& loser, const PeerSection::Item& winner) {
    problems_.add(
        {.severity = Severity::warning,
         .location = problems_.at(loser.line),
         .text = fmt::format("AllowedIPs={} stands at {} too, and the later peer has it; "
                             "this one is applied without it",
                             winner.prefix.to_string(), to_string(problems_.at(winner.line))),
         .hint = "a prefix leads to one peer: remove it from one of the two",
         .key = "AllowedIPs",
         .peer =
             loser.owner == nobody ? std::nullopt : std::optional(peers_[loser.owner].public_key)});
}

/// Leaves it the prefixes that nobody took; a peer that is kept as it is is its key alone.
void PeerFold::finish(std::size_t owner) {
    auto& peer = peers_[owner];
    if (peer.kept_as_is) {
        peer = {.public_key = peer.public_key,
                .name = std::move(peer.name),
                .location = std::move(peer.location),
                .kept_as_is = true};
        return;
    }
    std::erase_if(peer.allowed_ips, [&](const AllowedIp& prefix) {
        const auto found = claims_.find(prefix);
        const bool has = found != claims_.end() && found->second.owner == owner;
        if (has)
            claims_.erase(found); // one that was lost and won back stands there twice
        return !has;
    });
}

std::vector<DeclaredPeer> PeerFold::take() {
    for (std::size_t owner = 0; owner < peers_.size(); ++owner)
        finish(owner);
    return std::move(peers_);
}

} // namespace wgnl
