// SPDX-License-Identifier: LGPL-2.1-or-later
// What keys need beside their types: their text without a string in between, so that nothing needs
// wiping afterwards; and of libsodium its start, and a hash for tables of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

/// Before anything random is drawn. Safe among threads, and beside other users of libsodium. Ends
/// the process if the system has no random source: no key can be made then, and no caller could go
/// on.
void need_sodium() noexcept;

/// A hash whose collisions nobody can choose (SipHash, with a key drawn once a process):
/// declarations come from outside, and a table full of chosen collisions would stand still.
std::size_t keyed_hash(std::span<const std::uint8_t> bytes) noexcept;

} // namespace wgnl
