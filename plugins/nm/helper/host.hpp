// SPDX-License-Identifier: LGPL-2.1-or-later
// What of this machine matters to a profile.
#pragma once

#include <string>

#include <NetworkManager.h>

#include "nm/profile/lint.hpp"

namespace wgnl::nm {

/// Filters and routes of this machine, without `version`, `other_profiles` and `has_profile`.
/// `root`: where /proc is looked for. Sends nothing; host names of endpoints are not resolved.
LintHost look_at_host(NMConnection* profile, const std::string& root = {});

} // namespace wgnl::nm
