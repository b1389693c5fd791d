// SPDX-License-Identifier: LGPL-2.1-or-later
// libsodium initialized once, before anything random is drawn.
#pragma once

#include <cstdlib>

#include <sodium.h>

namespace wgnl {

/// Safe among threads, and beside other users of libsodium. Ends the process if the system has no
/// random source: no key can be made then, and no caller could go on.
inline void need_sodium() noexcept {
    static const int initialized = sodium_init();
    if (initialized < 0) {
        std::abort();
    }
}

} // namespace wgnl
