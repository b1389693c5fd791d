// SPDX-License-Identifier: LGPL-2.1-or-later
// A text that may hold secrets: it never moves in memory unseen, and is wiped when it goes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace wgnl::networkd {

/// Owns the bytes of a configuration or key file. Views into it stay valid when it is moved.
class WipedText {
public:
    WipedText() = default;
    explicit WipedText(std::string_view text) : bytes_(text.begin(), text.end()) {}
    WipedText(WipedText&&) noexcept = default;
    WipedText& operator=(WipedText&& other) noexcept;
    WipedText(const WipedText&) = delete;
    WipedText& operator=(const WipedText&) = delete;
    ~WipedText() { clear(); }

    std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }
    std::span<char> bytes() noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_.empty(); }

    /// Appends; what a growing buffer leaves behind is wiped.
    void append(std::string_view more);
    void clear() noexcept;

private:
    std::vector<char> bytes_{};
};

} // namespace wgnl::networkd
