// SPDX-License-Identifier: LGPL-2.1-or-later
// The declared side of a device as the bus shows it; each problem beside the peer it is about.
#include <algorithm>
#include <charconv>
#include <tuple>

#include "device_model.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t key_text_size = 44;

/// "wg0.netdev:40" taken apart; line 0 if there is none.
struct Place {
    std::string_view file{};
    unsigned line{};

    explicit Place(std::string_view where) : file(where) {
        const auto colon = where.rfind(':');
        if (colon == std::string_view::npos)
            return;
        file = where.substr(0, colon);
        std::from_chars(where.data() + colon + 1, where.data() + where.size(), line);
    }
    auto operator<=>(const Place&) const = default;
};

/// Where each peer's section begins, in the order of the files.
class Sections {
public:
    explicit Sections(const Declaration& declaration) {
        for (const auto& peer : declaration.peers)
            if (!peer.where.empty())
                begins_.emplace_back(Place(peer.where), &peer);
        std::ranges::sort(begins_, {}, [](const auto& begin) { return begin.first; });
    }

    /// The peer that a problem at this place belongs to, or null. Below the first line of a section
    /// only held peers are meant: a section without a readable key names no peer, nor the one
    /// before it.
    const DeclaredPeer* at(const Place& place) const {
        const auto after = std::ranges::upper_bound(begins_, place, {},
                                                    [](const auto& begin) { return begin.first; });
        if (after == begins_.begin())
            return nullptr;
        const auto& [begin, peer] = *std::prev(after);
        const bool belongs = begin == place || (begin.file == place.file && peer->held);
        return belongs ? peer : nullptr;
    }

private:
    std::vector<std::pair<Place, const DeclaredPeer*>> begins_;
};

/// The public keys that a text names.
std::vector<PublicKey> keys_in(std::string_view text) {
    std::vector<PublicKey> keys;
    for (auto end = text.find('='); end != std::string_view::npos; end = text.find('=', end + 1)) {
        if (end + 1 < key_text_size)
            continue;
        const auto candidate = text.substr(end + 1 - key_text_size, key_text_size);
        if (const auto key = PublicKey::parse(candidate))
            keys.push_back(*key);
    }
    return keys;
}

void assign(DeclaredDevice& face, const PublicKey& key, const Problem& problem) {
    const auto found = face.peers.find(key);
    if (found == face.peers.end())
        return;
    auto& problems = found->second.problems;
    if (std::ranges::find(problems, problem) == problems.end())
        problems.push_back(problem);
}

} // namespace

DeclaredDevice face_of(const Declaration& declaration, std::string source, std::string origin) {
    DeclaredDevice face{.mode = declaration.mode,
                        .source = std::move(source),
                        .origin = std::move(origin),
                        .is_private = declaration.is_private || !declaration.viewers.empty(),
                        .problems = declaration.problems};
    face.peers.reserve(declaration.peers.size());
    for (std::size_t place = 0; const auto& peer : declaration.peers) {
        const bool named = peer.endpoint && !peer.numeric_endpoint();
        face.peers.emplace(peer.public_key, DeclaredFace{.name = peer.name,
                                                         .endpoint = peer.endpoint.value_or(""),
                                                         .where = peer.where,
                                                         .named = named});
        if (named)
            face.named.push_back(place);
        ++place;
    }
    const Sections sections(declaration);
    for (const auto& problem : declaration.problems) {
        if (const auto* peer = sections.at(Place(problem.where)))
            assign(face, peer->public_key, problem);
        for (const auto& key : keys_in(problem.text))
            assign(face, key, problem);
    }
    return face;
}

} // namespace wgnl::daemon
