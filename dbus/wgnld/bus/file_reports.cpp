// SPDX-License-Identifier: LGPL-2.1-or-later
// The last report of each source stands, as long as its sender does.
#include "file_reports.hpp"

#include <fmt/format.h>

#include "host/signal_rules.hpp"

namespace wgnl::daemon {

void FileReports::report(Source source, const std::string& sender, std::vector<Problem> problems) {
    auto& leaving = leaving_[source];
    leaving.reset();
    if (!problems.empty())
        if (auto match = sd::match(bus_, owner_rule(sender) + ",arg2=''",
                                   [this, source](auto*) { replace(source, {}); }))
            leaving = std::move(*match);
    replace(source, std::move(problems));
}

void FileReports::replace(Source source, std::vector<Problem> problems) {
    if (problems.size() > most) {
        const auto unlisted = problems.size() - (most - 1);
        problems.resize(most);
        problems.back() = {
            Severity::error, {}, fmt::format("{} more problems are not listed", unlisted)};
    }
    if (by_source_[source] == problems)
        return;
    by_source_[source] = std::move(problems);
    changed_();
}

std::vector<Problem> FileReports::all() const {
    std::vector<Problem> together;
    for (const auto& [source, problems] : by_source_)
        together.insert(together.end(), problems.begin(), problems.end());
    return together;
}

} // namespace wgnl::daemon
