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

bool Echo::answered(const std::string& profile, bool with_secrets) {
    const auto asking = heard_.extract(profile);
    const auto heard = asking ? asking.mapped() : 0;
    if (with_secrets && heard == 0)
        sounds_ = false;
    return heard > (with_secrets && sounds_ ? 1U : 0U);
}

} // namespace wgnl::nm
