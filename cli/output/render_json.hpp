// SPDX-License-Identifier: LGPL-2.1-or-later
// Parts of views as JSON, for the documents and the events.
#pragma once

#include <nlohmann/json.hpp>

#include "source/view.hpp"

namespace wgnl::cli {

// Keys stay in the order in which they are written.
nlohmann::ordered_json json_of(const Problem& problem);
nlohmann::ordered_json json_of(const std::vector<Drift>& drift);

} // namespace wgnl::cli
