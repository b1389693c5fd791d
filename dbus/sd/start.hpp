// SPDX-License-Identifier: LGPL-2.1-or-later
// What every daemon does when it starts.
#pragma once

#include <csignal>
#include <expected>
#include <initializer_list>
#include <utility>

#include <wgnl/error.hpp>

namespace wgnl::sd {

/// Before any thread starts, so that the loop alone sees them.
inline void block_signals(std::initializer_list<int> which) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : which)
        sigaddset(&signals, signal);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
}

/// Hands on the error of a part, or keeps the part.
template <typename T, typename Part> Result<void> keep(Result<T> opened, Part& part) {
    if (!opened)
        return std::unexpected(opened.error());
    part = std::move(*opened);
    return {};
}

} // namespace wgnl::sd
