// SPDX-License-Identifier: LGPL-2.1-or-later
// Versions as systemd orders them, and the comparisons that conditions are written in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wgnl::networkd {

/// Negative, zero or positive, by the UAPI group's version format: "6.12~rc1" before "6.12",
/// "6.9" before "6.12", "257-1" before "257.1-1".
int compare_versions(std::string_view left, std::string_view right);

/// Whether `actual` fits words that all have to hold: each a glob, or a comparison such as
/// ">=6.1". Absent if the condition is malformed.
std::optional<bool> version_fits(std::string_view condition, const std::string& actual);

/// One comparison cut in two: what stands before the sign, and the sign with what follows.
struct Expression {
    std::string_view field{};
    std::string_view comparison{};
};
Expression split_expression(std::string_view text);

} // namespace wgnl::networkd
