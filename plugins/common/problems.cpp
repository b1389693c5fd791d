// SPDX-License-Identifier: LGPL-2.1-or-later
// A list with an end, and two sets of texts: those of the last look, and those of this one.
#include "common/problems.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include <wgnl/text.hpp>

namespace wgnl::adapter {

void BoundedProblems::add(Problem problem) {
    // One place is kept for the line that counts the rest.
    if (full()) {
        ++not_kept_;
        return;
    }
    for (auto* text : {&problem.location.file, &problem.text, &problem.hint, &problem.key})
        *text = printable(*text);
    problems_.push_back(std::move(problem));
}

std::vector<Problem> BoundedProblems::take() {
    if (const auto more = std::exchange(not_kept_, 0); more > 0)
        problems_.push_back(
            {Severity::error, {}, fmt::format("{} more problems are not listed", more)});
    return std::exchange(problems_, {});
}

void bound(std::vector<Problem>& problems, std::size_t limit) {
    if (problems.size() <= limit)
        return;
    const auto more = problems.size() - (limit - 1);
    std::ranges::stable_sort(problems, std::ranges::greater{}, [](const Problem& problem) {
        return problem.severity == Severity::error ? 2 : problem.severity == Severity::warning;
    });
    problems.resize(limit - 1);
    problems.push_back({Severity::error, {}, fmt::format("{} more problems are not listed", more)});
}

std::string sanitized_name(std::string_view key) {
    constexpr std::size_t longest = 31; // a secret of WireGuard's has more letters
    return key.size() <= longest ? excerpt(key) + '=' : "what stands here";
}

int syslog_priority(Severity severity) noexcept {
    switch (severity) {
    case Severity::error:
        return 3;
    case Severity::warning:
        return 4;
    case Severity::note:
        break;
    }
    return 5;
}

bool LoggedProblems::is_news(const std::string& text) {
    return now_.insert(text).second && !before_.contains(text);
}

void LoggedProblems::end_look() { before_ = std::exchange(now_, {}); }

} // namespace wgnl::adapter
