// SPDX-License-Identifier: LGPL-2.1-or-later
// What routes of allowed IPs would do to the tunnel itself.
#pragma once

#include <vector>

#include <wgnl/declaration.hpp>

namespace wgnl::cli {

/// A warning for each peer whose packets would be led into the tunnel that they make: its endpoint,
/// a number, lies in a prefix that gets a route. Default routes are told apart: see below.
std::vector<Problem> loops_of(const Declaration& declaration);

/// A note for each peer that all traffic of a family is to go to, in a table that every packet is
/// looked up in: wgnl itself sets no such route, whether it is written as one prefix or as its two
/// halves.
std::vector<Problem> default_routes_of(const Declaration& declaration);

} // namespace wgnl::cli
