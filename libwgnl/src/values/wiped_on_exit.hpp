// SPDX-License-Identifier: LGPL-2.1-or-later
// Memory that held a secret is overwritten however its user is left.
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

} // namespace wgnl
