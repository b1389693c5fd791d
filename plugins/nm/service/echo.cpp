// SPDX-License-Identifier: LGPL-2.1-or-later
// Counts what is heard between a question and its answer: one of it is the question's own.
#include "nm/service/echo.hpp"

namespace wgnl::nm {

void Echo::asked(const std::string& profile) { announced_[profile] = 0; }

bool Echo::is_edit(const std::string& profile) {
    const auto asking = announced_.find(profile);
    if (asking == announced_.end())
        return true;
    ++asking->second;
    return false;
}

bool Echo::answered(const std::string& profile) {
    const auto asking = announced_.extract(profile);
    if (!asking)
        return false;
    const auto announced = asking.mapped();
    const bool was_silent = silent_.erase(profile) > 0;
    if (announced == 0)
        silent_.insert(profile);
    return announced > 1 || (announced == 1 && was_silent);
}

} // namespace wgnl::nm
