// SPDX-License-Identifier: LGPL-2.1-or-later
// Spans of time as people write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wgnl::cli {

/// "30" (seconds), "1.5", "500ms", "2min", "1h 30min": units ms, s (sec), min (m), h, d; one after
/// the other adds up. Absent: not a span, or not from a millisecond to 30 years.
std::optional<std::chrono::microseconds> parse_span(std::string_view text);

} // namespace wgnl::cli
