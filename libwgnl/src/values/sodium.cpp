// SPDX-License-Identifier: LGPL-2.1-or-later
// What is drawn once a process.
#include "sodium.hpp"

#include <array>
#include <bit>
#include <cstdlib>

#include <sodium.h>

namespace wgnl {

namespace {

using HashKey = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

HashKey draw_key() noexcept {
    need_sodium();
    HashKey key{};
    crypto_shorthash_keygen(key.data());
    return key;
}

} // namespace

void need_sodium() noexcept {
    static const int initialized = sodium_init();
    if (initialized < 0)
        std::abort();
}

std::size_t keyed_hash(std::span<const std::uint8_t> bytes) noexcept {
    static const HashKey key = draw_key();
    std::array<unsigned char, crypto_shorthash_BYTES> hash{};
    crypto_shorthash(hash.data(), bytes.data(), bytes.size(), key.data());
    return static_cast<std::size_t>(std::bit_cast<std::uint64_t>(hash));
}

} // namespace wgnl
