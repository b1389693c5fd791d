// SPDX-License-Identifier: LGPL-2.1-or-later
// libsodium, initialized once, and the hash that it has for tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wgnl {

/// Before anything random is drawn. Safe among threads, and beside other users of libsodium. Ends
/// the process if the system has no random source: no key can be made then, and no caller could go
/// on.
void need_sodium() noexcept;

/// A hash whose collisions nobody can choose (SipHash, with a key drawn once a process):
/// declarations come from outside, and a table full of chosen collisions would stand still.
std::size_t keyed_hash(std::span<const std::uint8_t> bytes) noexcept;

} // namespace wgnl
