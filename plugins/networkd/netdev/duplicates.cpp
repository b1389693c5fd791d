// SPDX-License-Identifier: LGPL-2.1-or-later
// Of duplicates the first section keeps a key or a prefix, every later one is told so.
#include "networkd/netdev/sections.hpp"

#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace wgnl::networkd {
namespace {

/// In place of a peer's index.
constexpr std::size_t ignored = std::numeric_limits<std::size_t>::max();

class DuplicateResolver {
public:
    explicit DuplicateResolver(ProblemCollector& problems) : problems_(problems) {}

    void expect(std::size_t peers) {
        keys_.reserve(peers);
        prefixes_.reserve(peers);
    }

    /// False if another section has the public key already.
    bool admit_key(const PeerDraft& draft, std::size_t index) {
        auto [first, is_new] =
            keys_.try_emplace(draft.peer.public_key, Occurrence{draft.file, draft.line, index});
        if (!is_new && is_to_be_told(draft.file, draft.listed))
            problems_.warning(
                {.location = {std::string(draft.file), draft.line}, .peer = draft.peer.public_key},
                fmt::format("the peer {} is already declared at {}; this section is "
                            "ignored",
                            draft.peer.public_key.to_base64(), to_string(first->second.location())),
                "put both sections into one, or remove one");
        return is_new;
    }

    /// Leaves the draft with the prefixes that no earlier section has.
    void resolve_prefixes(PeerDraft& draft, std::size_t index) {
        std::vector<AllowedIp> kept;
        kept.reserve(draft.peer.allowed_ips.size());
        for (std::size_t i = 0; i < draft.peer.allowed_ips.size(); ++i)
            if (admit_prefix(draft.peer.allowed_ips[i], {draft.file, draft.prefix_lines[i], index},
                             draft.listed, draft.named ? &draft.peer.public_key : nullptr))
                kept.push_back(draft.peer.allowed_ips[i]);
        draft.peer.allowed_ips = std::move(kept);
    }

    /// Tells of what was not told of each list.
    void finish() {
        for (const auto& [list, clashes] : clashes_)
            if (clashes.untold() > 0)
                problems_.warning(
                    {.location = {std::string(list)}},
                    fmt::format(
                        "{} more public keys and prefixes of the list belong to others, and "
                        "its peers are applied without them",
                        clashes.untold()),
                    "have the list signed without them: \"wgnl peers check\" tells of those that "
                    "it has twice");
    }

private:
    struct Occurrence {
        std::string_view file;
        std::uint32_t line;
        std::size_t owner;

        Location location() const { return {std::string(file), line}; }
    };

    /// Whoever signs a list can have it clash as often as it has lines.
    bool is_to_be_told(std::string_view file, bool listed) {
        return !listed || clashes_[file].admit();
    }

    bool admit_prefix(const AllowedIp& prefix, const Occurrence& by, bool listed,
                      const PublicKey* peer) {
        auto [first, is_new] = prefixes_.try_emplace(prefix, by);
        if (!is_new && first->second.owner != by.owner && is_to_be_told(by.file, listed))
            problems_.warning({.location = by.location(),
                               .key = "AllowedIPs",
                               .peer = peer == nullptr ? std::nullopt : std::optional(*peer)},
                              fmt::format("AllowedIPs={} belongs to the peer of {}; this peer is "
                                          "applied without it",
                                          prefix.to_string(), to_string(first->second.location())),
                              "a prefix leads to one peer: remove it from one of the two");
        return is_new;
    }

    ProblemCollector& problems_;
    std::unordered_map<PublicKey, Occurrence> keys_{};
    std::unordered_map<AllowedIp, Occurrence> prefixes_{};
    std::map<std::string_view, adapter::FirstFew> clashes_{}; ///< by the name of a list
};

bool is_own_key(const PeerDraft& draft, const std::optional<PublicKey>& own_key,
                ProblemCollector& problems) {
    if (!own_key || draft.peer.public_key != *own_key)
        return false;
    problems.error({{std::string(draft.file), draft.line}},
                   "this is the device's own public key, which the kernel "
                   "ignores as a peer; the section is ignored",
                   "write the public key of the other side");
    return true;
}

} // namespace

std::vector<DeclaredPeer> resolve_duplicates(std::vector<PeerDraft> drafts,
                                             const std::optional<PublicKey>& own_key,
                                             ProblemCollector& problems) {
    std::vector<DeclaredPeer> peers;
    peers.reserve(drafts.size());
    DuplicateResolver resolver(problems);
    resolver.expect(drafts.size());
    for (auto& draft : drafts) {
        if (draft.named && is_own_key(draft, own_key, problems))
            continue;
        const bool is_first = draft.named && resolver.admit_key(draft, peers.size());
        // The prefixes of an ignored section go to nobody, as under networkd.
        resolver.resolve_prefixes(draft, is_first ? peers.size() : ignored);
        if (!is_first)
            continue;
        if (draft.peer.kept_as_is)
            draft.peer.allowed_ips.clear();
        peers.push_back(std::move(draft.peer));
    }
    resolver.finish();
    return peers;
}

} // namespace wgnl::networkd
