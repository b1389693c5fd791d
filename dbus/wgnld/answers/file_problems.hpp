// SPDX-License-Identifier: LGPL-2.1-or-later
// What adapters find wrong with files of which no device is known.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wgnl/declaration.hpp>

#include "model/source.hpp"

namespace wgnl::daemon {

class FileProblems {
public:
    static constexpr std::size_t most = 100; ///< of one source; the last then counts the rest

    /// Replaces what this source had reported; false: it is the same.
    bool report(Source source, std::vector<Problem> problems) {
        if (problems.size() > most) {
            const auto left_out = problems.size() - (most - 1);
            problems.resize(most);
            problems.back() = {
                Severity::error, {}, fmt::format("{} more problems are not listed", left_out)};
        }
        if (by_source_[source] == problems)
            return false;
        by_source_[source] = std::move(problems);
        return true;
    }

    std::vector<Problem> all() const {
        std::vector<Problem> together;
        for (const auto& [source, problems] : by_source_)
            together.insert(together.end(), problems.begin(), problems.end());
        return together;
    }

private:
    std::map<Source, std::vector<Problem>> by_source_{};
};

} // namespace wgnl::daemon
