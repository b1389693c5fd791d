// SPDX-License-Identifier: LGPL-2.1-or-later
// Work that has to be done inside another network namespace.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <wgnl/network_namespace.hpp>

namespace wgnl {

/// Runs `work` inside `where`, in a thread of its own that ends with it: the calling thread, and
/// its signals, stay where they are. permission_denied without CAP_SYS_ADMIN.
Result<void> run_inside(const Namespace& where, const std::function<void()>& work);

/// The same with a result: what `work` returns, or why it could not be run.
template <typename Work> auto inside(const Namespace& where, Work work) -> decltype(work()) {
    std::optional<decltype(work())> done;
    if (auto ran = run_inside(where, [&] { done.emplace(work()); }); !ran)
        return std::unexpected(std::move(ran).error());
    return *std::move(done);
}

/// Inside `where` if there is one, else here.
template <typename Work> auto inside(const std::optional<Namespace>& where, Work work)
    -> decltype(work()) {
    return where ? inside(*where, std::move(work)) : work();
}

} // namespace wgnl
