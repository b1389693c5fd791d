// SPDX-License-Identifier: LGPL-2.1-or-later
// Overwriting what no variable names any more, and texts that are overwritten when they go.
#include "wiping.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include <sodium.h>

#include <wgnl/secret_text.hpp>

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

SecretText& SecretText::operator=(const SecretText& other) {
    if (this != &other) {
        clear();
        append(other.view());
    }
    return *this;
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
    if (this != &other) {
        clear();
        bytes_.swap(other.bytes_);
    }
    return *this;
}

void SecretText::append(std::string_view more) {
    const auto wanted = bytes_.size() + more.size();
    if (wanted > bytes_.capacity())
        reserve(std::max(wanted, 2 * bytes_.capacity()));
    bytes_.insert(bytes_.end(), more.begin(), more.end());
}

void SecretText::reserve(std::size_t capacity) {
    if (capacity <= bytes_.capacity())
        return;
    std::vector<char> larger;
    larger.reserve(capacity);
    larger.assign(bytes_.begin(), bytes_.end());
    bytes_.swap(larger);
    wipe(larger.data(), larger.size());
}

void SecretText::clear() noexcept {
    wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
}

} // namespace wgnl
