// SPDX-License-Identifier: LGPL-2.1-or-later
// How long a test waits before it takes something for hanging.
#pragma once

#include <chrono>

namespace wgnl::tests {

/// A test never asserts a time: this only ends a wait for what never comes, and is far longer than
/// anything takes, also on a machine that is busy with other work.
inline constexpr std::chrono::milliseconds patience = std::chrono::minutes(5);

/// For poll(2).
inline constexpr int patience_ms = static_cast<int>(patience.count());

} // namespace wgnl::tests
