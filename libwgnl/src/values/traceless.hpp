// SPDX-License-Identifier: LGPL-2.1-or-later
// What handling secrets leaves behind although each copy was wiped: registers and dead stack.
#pragma once

namespace wgnl {

/// Clears the registers that a function may use, and the stack below the caller's frame. Copies of
/// memory go through vector registers, which keep what they carried until they are used again; the
/// dynamic linker saves them on the stack when a library calls a function of another one for the
/// first time, and so does the compiler when it runs out of registers.
void leave_no_trace() noexcept;

/// Declared first in a function that handles secrets, so that it acts after all else in it is gone.
class Traceless {
public:
    Traceless() = default;
    Traceless(const Traceless&) = delete;
    Traceless& operator=(const Traceless&) = delete;
    ~Traceless() { leave_no_trace(); }
};

} // namespace wgnl
