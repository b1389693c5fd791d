// SPDX-License-Identifier: LGPL-2.1-or-later
// A verb that there is not: what whoever typed it means.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wgnl::cli {

/// `there is no verb "statsu"; did you mean "wgnl status"?` `verbs` are those that there are.
std::string hint_for_verb(std::string_view typed, std::span<const std::string> verbs);

} // namespace wgnl::cli
