// SPDX-License-Identifier: LGPL-2.1-or-later
// What is shown of a peer, and how much room that takes on the bus.
#include "figures.hpp"

#include <algorithm>

#include "model/shown_text.hpp"

namespace wgnl::daemon {

namespace {

constexpr std::size_t names_and_numbers = 1536; ///< path, names of properties, what has one size
constexpr std::size_t longest_prefix = 56;      ///< length, text, padding

/// Any byte may become the three of U+FFFD.
std::size_t shown_size(std::string_view text) {
    return std::min(text.size() * 3, longest_shown) + sizeof(std::uint64_t);
}

std::size_t shown_size(const Problem& problem) {
    return shown_size(to_string(problem.location)) + shown_size(problem.text) +
           2 * sizeof(std::uint64_t);
}

} // namespace

std::vector<Problem> problems_of(const PeerModel& peer) {
    auto problems = peer.declared() ? peer.declared()->problems : std::vector<Problem>();
    problems.insert(problems.end(), peer.notices().begin(), peer.notices().end());
    problems.resize(std::min(problems.size(), most_problems));
    return problems;
}

std::size_t shown_size(const DeviceModel& device) {
    auto size = names_and_numbers + shown_size(device.face().origin);
    for (const auto& problem : device.face().verdict.problems)
        size += shown_size(problem);
    for (const auto& drift : device.face().verdict.drift)
        size += shown_size(drift.what) + shown_size(drift.declared) + shown_size(drift.live);
    return size;
}

std::size_t shown_size(const PeerModel& peer) {
    auto size = names_and_numbers + shown_size(peer.name()) + shown_size(declared_endpoint(peer));
    if (peer.live())
        size += std::min(peer.live()->allowed_ips.size(), most_prefixes) * longest_prefix;
    for (const auto& problem : problems_of(peer))
        size += shown_size(problem);
    return size;
}

} // namespace wgnl::daemon
