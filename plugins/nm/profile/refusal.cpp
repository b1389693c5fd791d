// SPDX-License-Identifier: LGPL-2.1-or-later
// Mistakes in words for an import, which takes a file whole or not at all.
#include "nm/profile/refusal.hpp"

#include <set>
#include <string_view>

#include <fmt/format.h>

namespace wgnl::nm {
namespace {

constexpr std::size_t most_mistakes = 10;

std::string line_of(const Problem& problem) {
    return problem.location.empty()
               ? problem.text
               : fmt::format("{}: {}", to_string(problem.location), problem.text);
}

} // namespace

std::string refusal_of(const std::vector<Problem>& mistakes) {
    std::vector<std::string> lines;
    std::set<std::string_view> said; // what is no configuration has one mistake on each line
    for (const auto& mistake : mistakes)
        if (said.size() < most_mistakes && said.insert(mistake.text).second)
            lines.push_back(line_of(mistake));
    if (mistakes.size() > lines.size())
        lines.push_back(fmt::format("and {} more", mistakes.size() - lines.size()));
    return fmt::format("{}", fmt::join(lines, "\n"));
}

} // namespace wgnl::nm
