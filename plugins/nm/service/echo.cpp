// SPDX-License-Identifier: LGPL-2.1-or-later
// Counts what is heard between a question and its answer: one of it is the question's own.
#include "nm/service/echo.hpp"

namespace wgnl::nm {

void Echo::asked(const std::string& profile) { heard_[profile] = 0; }

bool Echo::is_edit(const std::string& profile) {
    const auto asking = heard_.find(profile);
    if (asking == heard_.end())
        return true;
    ++asking->second;
    return false;
}

bool Echo::answered(const std::string& profile) {
    const auto asking = heard_.extract(profile);
    if (!asking)
        return false;
    const auto heard = asking.mapped();
    const bool was_silent = silent_.erase(profile) > 0;
    if (heard == 0)
        silent_.insert(profile);
    return heard > 1 || (heard == 1 && was_silent);
}

} // namespace wgnl::nm
