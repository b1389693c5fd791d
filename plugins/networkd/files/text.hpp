// SPDX-License-Identifier: LGPL-2.1-or-later
// Values of configuration files: words, numbers, booleans, globs, and how they are shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/text.hpp>

#include "base/ini.hpp"
#include "base/text.hpp"

namespace wgnl::networkd {

/// systemd's booleans, in any case: 1 yes y true t on / 0 no n false f off.
std::optional<bool> parse_boolean(std::string_view text);

/// systemd's unsigned numbers: decimal, or with prefix 0x, 0o, 0b or 0; `largest` included.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest);

/// A number with an optional suffix K, M or G (powers of 1024).
std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t largest);

/// Words separated by whitespace; '…' and "…" keep whitespace, as in systemd's lists. Absent if a
/// quote stays open.
std::optional<std::vector<std::string>> quoted_words(std::string_view text);

/// Shell glob of the whole text.
bool matches_glob(const std::string& pattern, const std::string& text);
bool matches_glob_caseless(const std::string& pattern, const std::string& text);

/// Whether the kernel and networkd take it as the name of a network interface.
bool is_device_name(std::string_view name);

} // namespace wgnl::networkd
