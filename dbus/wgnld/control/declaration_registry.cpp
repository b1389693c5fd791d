// SPDX-License-Identifier: LGPL-2.1-or-later
// Claims, replacements, conflicts.
#include "declaration_registry.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace wgnl::daemon {

Coverage DeclarationRegistry::covered_by_others(const std::string& device) const {
    Coverage sum;
    for (const auto& [name, entry] : declared_)
        if (name != device)
            sum += entry.covered;
    return sum;
}

DeclarationRegistry::Answer DeclarationRegistry::declare(SourceDeclaration entry,
                                                         const std::optional<Coverage>& most) {
    const auto device = entry.declaration->device;
    const auto found = declared_.find(device);
    if (found != declared_.end() && found->second.source != entry.source) {
        refused_[{device, entry.source}] = entry.origin;
        return Answer::refused;
    }
    auto covered = covered_by_others(device);
    covered += entry.covered;
    if (most && covered.exceeds(*most) && covered.exceeds(covered_by_others(device)))
        return Answer::too_much;
    refused_.erase({device, entry.source});
    if (found == declared_.end()) {
        declared_.emplace(device, std::move(entry));
        return Answer::first;
    }
    const bool same = *found->second.declaration == *entry.declaration;
    found->second = std::move(entry);
    return same ? Answer::unchanged : Answer::changed;
}

const SourceDeclaration* DeclarationRegistry::find(const std::string& device) const {
    const auto found = declared_.find(device);
    return found == declared_.end() ? nullptr : &found->second;
}

bool DeclarationRegistry::withdraw(Source source, const std::string& device) {
    refused_.erase({device, source});
    const auto* entry = find(device);
    if (!entry || entry->source != source)
        return false;
    declared_.erase(device);
    return true;
}

std::vector<std::string> DeclarationRegistry::retain(Source source,
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
        declared_.erase(device);
    return gone;
}

std::vector<std::string> DeclarationRegistry::devices_of(Source source) const {
    std::vector<std::string> names;
    for (const auto& [device, entry] : declared_)
        if (entry.source == source)
            names.push_back(device);
    return names;
}

std::vector<std::string> DeclarationRegistry::devices() const {
    std::vector<std::string> names;
    for (const auto& [device, entry] : declared_)
        names.push_back(device);
    return names;
}

std::vector<Problem> DeclarationRegistry::conflicts(const std::string& device) const {
    std::vector<Problem> problems;
    const auto* entry = find(device);
    for (const auto& [key, origin] : refused_)
        if (entry && key.first == device)
            problems.push_back({Severity::error,
                                {origin},
                                fmt::format("{} ({}) declares {} too and is refused: {} ({}) has "
                                            "it; remove one of the two",
                                            origin, to_string(key.second), device, entry->origin,
                                            to_string(entry->source))});
    return problems;
}

} // namespace wgnl::daemon
