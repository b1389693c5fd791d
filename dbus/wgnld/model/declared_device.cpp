// SPDX-License-Identifier: LGPL-2.1-or-later
// The declared side of a device as the bus shows it; each problem beside the peer it is about.
#include <algorithm>
#include <map>

#include "device_model.hpp"

namespace wgnl::daemon {

namespace {

/// For problems of who does not say whom they are about: where the section of a peer begins.
class PeersByLocation {
public:
    explicit PeersByLocation(const Declaration& declaration) {
        for (const auto& problem : declaration.problems)
            if (!problem.peer && !problem.location.empty())
                peers_.emplace(problem.location, nullptr);
        for (const auto& peer : declaration.peers)
            if (const auto found = peers_.find(peer.location); found != peers_.end())
                found->second = &peer.public_key;
    }
    const PublicKey* at(const Location& location) const {
        const auto found = peers_.find(location);
        return found == peers_.end() ? nullptr : found->second;
    }

private:
    std::map<Location, const PublicKey*> peers_{};
};

void assign(DeclaredDevice& summary, const PublicKey& key, const Problem& problem) {
    const auto found = summary.peers.find(key);
    if (found == summary.peers.end())
        return;
    auto& problems = found->second.problems;
    if (std::ranges::find(problems, problem) == problems.end())
        problems.push_back(problem);
}

} // namespace

DeclaredDevice summary_of(const Declaration& declaration, std::string source, std::string origin) {
    DeclaredDevice summary{.mode = declaration.mode,
                           .source = std::move(source),
                           .origin = std::move(origin),
                           .is_private = declaration.is_private || !declaration.viewers.empty(),
                           .problems = declaration.problems};
    summary.peers.reserve(declaration.peers.size());
    for (std::size_t place = 0; const auto& peer : declaration.peers) {
        const bool named = peer.endpoint && !peer.numeric_endpoint();
        summary.peers.emplace(peer.public_key,
                              DeclaredPeerInfo{.name = peer.name,
                                               .endpoint = peer.endpoint.value_or(""),
                                               .named = named});
        if (named)
            summary.named.push_back(place);
        ++place;
    }
    const PeersByLocation by_location(declaration);
    for (const auto& problem : declaration.problems)
        if (const auto* peer = problem.peer ? &*problem.peer : by_location.at(problem.location))
            assign(summary, *peer, problem);
    return summary;
}

} // namespace wgnl::daemon
