// SPDX-License-Identifier: LGPL-2.1-or-later
// One step of a plan in words, for messages about it.
#pragma once

#include <string>

#include <wgnl/plan.hpp>

namespace wgnl {

/// "~ peer <key> (laptop) endpoint A -> B", as a line of to_text(); no line feed, no secret.
std::string step_text(const PeerChange& change, const PeerBefore& before);
/// The steps of the device's own fields, each a line with its line feed; empty if there are none.
std::string device_steps_text(const Plan& plan);

} // namespace wgnl
