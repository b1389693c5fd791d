// SPDX-License-Identifier: LGPL-2.1-or-later
// What would be done, and what the kernel did not take, in words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/plan.hpp>

#include "routes.hpp"
#include "send.hpp"

namespace wgnl {

/// `still` is what is left to do after the change was sent; `refused` what the kernel said to it.
std::vector<Problem> untaken(const Declaration& declared, const Plan& still,
                             const Refusals& refused);

/// What the plan had to say of its steps is over with them; `remaining` is what is true since.
void say_what_remains(Outcome& outcome, std::vector<Problem> remaining);

/// What a reconciliation would do besides the plan, each as a sentence.
Result<std::vector<std::string>> dry_run_in_words(Client& client, const RouteTask& task,
                                                  const std::optional<Link>& link);

} // namespace wgnl
