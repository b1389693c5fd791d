// SPDX-License-Identifier: LGPL-2.1-or-later
// Two sets of texts: those of the last look, and those of this one.
#include "common/logged_problems.hpp"

#include <utility>

namespace wgnl::adapter {

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
