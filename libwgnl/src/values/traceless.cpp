// SPDX-License-Identifier: LGPL-2.1-or-later
// Overwriting what no variable names any more.
#include "traceless.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include <sodium.h>

namespace wgnl {

namespace {

/// Deeper than any function of the library goes while it holds a secret.
constexpr std::size_t depth = std::size_t{32} * 1024;

/// Long enough for memcpy() to use all the registers that it ever does, too short for it to leave
/// the work to the processor's string instructions.
constexpr std::size_t zeros_size = 1024;
constexpr std::array<unsigned char, zeros_size> zeros{};

/// Through a pointer, so that the compiler can neither drop the copy nor make one of its own.
void* (*const volatile copy)(void*, const void*, std::size_t) = std::memcpy;

} // namespace

[[gnu::zero_call_used_regs("all")]] void leave_no_trace() noexcept {
    std::array<unsigned char, zeros_size> target;
    copy(target.data(), zeros.data(), zeros.size());
    sodium_stackzero(depth);
}

} // namespace wgnl
