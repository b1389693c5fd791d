// SPDX-License-Identifier: LGPL-2.1-or-later
// Which of the two formats a reader wants.
#pragma once

#include <string_view>

#include "text.hpp"

namespace wgnl::cli {

/// By the value of the header Accept: OpenMetrics if that is named, and no less wanted than plain
/// text; else the older format, which everything that reads metrics understands.
MetricsFormat wanted_format(std::string_view accept);

} // namespace wgnl::cli
