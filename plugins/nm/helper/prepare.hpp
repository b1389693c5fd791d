// SPDX-License-Identifier: LGPL-2.1-or-later
// Declarations of any origin, made fit for a profile.
#pragma once

#include <vector>

#include <wgnl/configuration.hpp>

namespace wgnl::nm {

/// Leaves what profile_of() can say: no peers that are kept as they are, and the table as a line of
/// wg-quick's. Returns what of the declaration neither a configuration nor a profile says.
std::vector<Problem> prepare(ParsedConfiguration& parsed);

} // namespace wgnl::nm
