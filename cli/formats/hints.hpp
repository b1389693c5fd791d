// SPDX-License-Identifier: LGPL-2.1-or-later
// What to write instead: a word of advice below a problem.
#pragma once

#include <string>
#include <string_view>

#include <wgnl/declaration.hpp>

namespace wgnl::cli {

/// Advice on a problem with this line of a file (as it may be shown; empty if it has none). Empty
/// if there is none to give, or the problem says itself what to write.
std::string hint_for(const Problem& problem, std::string_view line);

/// Its value is "@name" of a credential, which is no secret itself.
bool names_credential(std::string_view line);

/// The key of `Key=value` or `"key": value`, lower case, letters and digits only.
std::string key_of_line(std::string_view line);

} // namespace wgnl::cli
