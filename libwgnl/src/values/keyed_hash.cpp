// SPDX-License-Identifier: LGPL-2.1-or-later
// The multilinear hash and its keys.
#include "keyed_hash.hpp"

#include <sodium.h>

#include "sodium_ready.hpp"

namespace wgnl {

namespace {

__extension__ using Wide = unsigned __int128;
using HashKeys = std::array<Wide, 5>;

HashKeys draw_keys() noexcept {
    need_sodium();
    HashKeys keys{};
    randombytes_buf(keys.data(), sizeof keys);
    return keys;
}

} // namespace

std::size_t keyed_hash(const std::array<std::uint64_t, 4>& words) noexcept {
    static const HashKeys keys = draw_keys();
    Wide sum = keys[4];
    for (std::size_t i = 0; i < words.size(); ++i) {
        sum += keys[i] * words[i];
    }
    return static_cast<std::size_t>(sum >> 64U);
}

} // namespace wgnl
