// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys as base64 text without a string in between, so that nothing needs wiping afterwards.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <wgnl/key.hpp>

namespace wgnl {

/// 43 characters of base64 and one '='.
inline constexpr std::size_t key_text_size = 44;
using KeyText = std::array<char, key_text_size + 1>; ///< with a final NUL

/// Canonical base64 in constant time; the caller wipes the text of a secret.
KeyText key_text(std::span<const std::uint8_t, key_size> key) noexcept;

/// Reads a canonical key text into `key`, so that no copy of a secret is left behind; otherwise
/// zeroes `key` and returns what is wrong, in words that never repeat the text.
std::optional<std::string> read_key_text(std::string_view base64, KeyBytes& key);

} // namespace wgnl
