// SPDX-License-Identifier: LGPL-2.1-or-later
// Mistakes in words for an import, which takes a file whole or not at all.
#include "nm/profile/refusal.hpp"

#include <set>
#include <string_view>

#include <fmt/format.h>

namespace wgnl::nm {
namespace {

constexpr std::size_t most_mistakes = 10;

/// How the reader of configurations ends a text, where others would apply the rest of the file.
constexpr std::string_view consequences[] = {
    "; it is not declared",
    "; the device is left as it is",
    "; this peer is held as it is",
    "; the section names no peer, so that none is removed",
    "; everything up to the next section is ignored",
    "; nothing of it is used",
};

std::string_view without_consequence(std::string_view text) {
    for (bool found = true; found;) {
        found = false;
        for (const auto end : consequences) {
            if (text.ends_with(end)) {
                text.remove_suffix(end.size());
                found = true;
            }
        }
    }
    return text;
}

std::string line_of(const Problem& problem) {
    const auto text = without_consequence(problem.text);
    return problem.where.empty() ? std::string(text) : fmt::format("{}: {}", problem.where, text);
}

} // namespace

std::string refusal_of(const std::vector<Problem>& mistakes) {
    std::vector<std::string> lines;
    std::set<std::string_view> said; // what is no configuration has one mistake on each line
    for (const auto& mistake : mistakes) {
        if (said.size() < most_mistakes && said.insert(mistake.text).second) {
            lines.push_back(line_of(mistake));
        }
    }
    if (mistakes.size() > lines.size()) {
        lines.push_back(fmt::format("and {} more", mistakes.size() - lines.size()));
    }
    return fmt::format("{}", fmt::join(lines, "\n"));
}

} // namespace wgnl::nm
