// SPDX-License-Identifier: LGPL-2.1-or-later
// What held a secret is overwritten however its user is left: bytes, registers, dead stack.
#pragma once

#include <cstdint>
#include <span>

#include <wgnl/key.hpp>

namespace wgnl {

/// Wipes the bytes that it borrows when it goes out of scope.
class WipedOnExit {
public:
    explicit WipedOnExit(std::span<std::uint8_t> bytes) noexcept : bytes_(bytes) {}
    WipedOnExit(const WipedOnExit&) = delete;
    WipedOnExit& operator=(const WipedOnExit&) = delete;
    ~WipedOnExit() { wipe(bytes_.data(), bytes_.size()); }

private:
    std::span<std::uint8_t> bytes_;
};

/// Clears the registers that a function may use, and the stack below the caller's frame. Copies of
/// memory go through vector registers, which keep what they carried until they are used again; the
/// dynamic linker saves them on the stack when a library calls a function of another one for the
/// first time, and so does the compiler when it runs out of registers.
void leave_no_trace() noexcept;

/// Declared first in a function that handles secrets, so that it acts after all else in it is gone.
class StackWiper {
public:
    StackWiper() = default;
    StackWiper(const StackWiper&) = delete;
    StackWiper& operator=(const StackWiper&) = delete;
    ~StackWiper() { leave_no_trace(); }
};

} // namespace wgnl
