// SPDX-License-Identifier: LGPL-2.1-or-later
// Text that holds secrets, such as a configuration with its keys.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] wgnl {

/// A text whose bytes are wiped when it goes, is moved from, is emptied or outgrows its place.
/// Nothing prints it: view() opens it.
class SecretText {
public:
    SecretText() = default;
    explicit SecretText(std::string_view text) { append(text); }
    SecretText(const SecretText&) = default;
    SecretText(SecretText&& other) noexcept { bytes_.swap(other.bytes_); }
    SecretText& operator=(const SecretText& other);
    SecretText& operator=(SecretText&& other) noexcept;
    ~SecretText() { clear(); }

    /// Valid until the text changes.
    std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }
    /// The same bytes, for who changes them where they lie.
    std::span<char> bytes() noexcept { return bytes_; }
    std::size_t size() const noexcept { return bytes_.size(); }
    bool empty() const noexcept { return bytes_.empty(); }

    void append(std::string_view more);
    void append(char more) { append({&more, 1}); }
    void reserve(std::size_t capacity); ///< room for that many bytes in all
    void clear() noexcept;              ///< wipes, and keeps the room

    bool operator==(const SecretText&) const = default; ///< not in constant time

private:
    std::vector<char> bytes_{};
};

} // namespace wgnl
