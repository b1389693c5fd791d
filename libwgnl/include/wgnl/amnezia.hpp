// SPDX-License-Identifier: LGPL-2.1-or-later
// Settings of AmneziaWG, which WireGuard does not have.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <wgnl/declaration.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// Counts the settings of AmneziaWG in a file: a WireGuard that hides what it is, and that nothing
/// understands which speaks WireGuard alone.
class AmneziaSettings {
public:
    /// Whether `key`, in any case, is one of them.
    static bool knows(std::string_view key) noexcept;
    /// The first one is told.
    void take(std::string_view key, Location location);

    bool empty() const noexcept { return count_ == 0; }
    /// What to say of all of them, once for a file: an error where the first one stands.
    Problem problem() const;

private:
    std::size_t count_{};
    std::string first_{};
    Location location_{};
};

} // namespace wgnl
