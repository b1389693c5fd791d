// SPDX-License-Identifier: LGPL-2.1-or-later
// Small conversions that the bus objects and the snapshot share.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "device_model/peer_model.hpp"

namespace wgnl::daemon {

/// Where news of handshakes come from.
inline constexpr const char* event_source = "polling";

inline std::uint64_t microseconds(std::chrono::nanoseconds time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

inline std::vector<std::string> texts_of(const std::vector<AllowedIp>& prefixes) {
    std::vector<std::string> texts;
    for (const auto& prefix : prefixes)
        texts.push_back(prefix.to_string());
    return texts;
}

inline std::string declared_endpoint(const PeerModel& peer) {
    return peer.declared() ? peer.declared()->endpoint : std::string();
}

inline std::vector<Problem> problems_of(const PeerModel& peer) {
    auto problems = peer.declared() ? peer.declared()->problems : std::vector<Problem>();
    problems.insert(problems.end(), peer.notices().begin(), peer.notices().end());
    return problems;
}

} // namespace wgnl::daemon
