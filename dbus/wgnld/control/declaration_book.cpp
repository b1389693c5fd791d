// SPDX-License-Identifier: LGPL-2.1-or-later
// Claims, replacements, conflicts.
#include "declaration_book.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace wgnl::daemon {

Coverage DeclarationBook::covered_by_others(const std::string& device) const {
    Coverage sum;
    for (const auto& [name, claim] : claims_)
        if (name != device)
            sum += claim.covered;
    return sum;
}

DeclarationBook::Entry DeclarationBook::declare(Claim claim, const std::optional<Coverage>& most) {
    const auto device = claim.declaration->device;
    const auto found = claims_.find(device);
    if (found != claims_.end() && found->second.source != claim.source) {
        refused_[{device, claim.source}] = claim.origin;
        return Entry::refused;
    }
    auto covered = covered_by_others(device);
    covered += claim.covered;
    if (most && covered.exceeds(*most) && covered.exceeds(covered_by_others(device)))
        return Entry::too_much;
    refused_.erase({device, claim.source});
    if (found == claims_.end()) {
        claims_.emplace(device, std::move(claim));
        return Entry::first;
    }
    const bool same = *found->second.declaration == *claim.declaration;
    found->second = std::move(claim);
    return same ? Entry::unchanged : Entry::changed;
}

const Claim* DeclarationBook::find(const std::string& device) const {
    const auto found = claims_.find(device);
    return found == claims_.end() ? nullptr : &found->second;
}

bool DeclarationBook::withdraw(Source source, const std::string& device) {
    refused_.erase({device, source});
    const auto* claim = find(device);
    if (!claim || claim->source != source)
        return false;
    claims_.erase(device);
    return true;
}

std::vector<std::string> DeclarationBook::retain(Source source,
                                                 const std::vector<std::string>& keep) {
    const auto kept = [&](const std::string& name) {
        return std::ranges::find(keep, name) != keep.end();
    };
    std::erase_if(refused_, [&](const auto& entry) {
        return entry.first.second == source && !kept(entry.first.first);
    });
    auto gone = devices_of(source);
    std::erase_if(gone, kept);
    for (const auto& device : gone)
        claims_.erase(device);
    return gone;
}

std::vector<std::string> DeclarationBook::devices_of(Source source) const {
    std::vector<std::string> names;
    for (const auto& [device, claim] : claims_)
        if (claim.source == source)
            names.push_back(device);
    return names;
}

std::vector<std::string> DeclarationBook::devices() const {
    std::vector<std::string> names;
    for (const auto& [device, claim] : claims_)
        names.push_back(device);
    return names;
}

std::vector<Problem> DeclarationBook::conflicts(const std::string& device) const {
    std::vector<Problem> problems;
    const auto* claim = find(device);
    for (const auto& [key, origin] : refused_)
        if (claim && key.first == device)
            problems.push_back({Severity::error,
                                {origin},
                                fmt::format("{} ({}) declares {} too and is refused: {} ({}) has "
                                            "it; remove one of the two",
                                            origin, to_string(key.second), device, claim->origin,
                                            to_string(claim->source))});
    return problems;
}

} // namespace wgnl::daemon
