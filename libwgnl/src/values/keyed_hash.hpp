// SPDX-License-Identifier: LGPL-2.1-or-later
// A hash whose collisions nobody can choose: declarations come from outside, and a table full of
// chosen collisions would stand still.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wgnl {

/// Multilinear hashing of up to four words over 128 bits with keys drawn once per process:
/// strongly universal in its upper half, and a few multiplications long.
std::size_t keyed_hash(const std::array<std::uint64_t, 4>& words) noexcept;

} // namespace wgnl
