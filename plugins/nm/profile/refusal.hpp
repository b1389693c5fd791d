// SPDX-License-Identifier: LGPL-2.1-or-later
// What to say of a file that is refused as a whole.
#pragma once

#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

namespace wgnl::nm {

/// "F:3: what is wrong; what to write", one mistake a line, the first ten of those that differ, and
/// how many more there are. Without what a declaration would make of a mistake: here nothing is
/// declared at all.
std::string refusal_of(const std::vector<Problem>& mistakes);

} // namespace wgnl::nm
