// SPDX-License-Identifier: LGPL-2.1-or-later
// What all fuzz targets share: an input cut into values, and properties that must hold of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <wgnl/error.hpp>
#include <wgnl/text.hpp>

#include "base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace wgnl::fuzz {

/// Ends the process, naming the property that is broken, so that the input is kept.
inline void require(bool holds, const char* property) {
    if (holds)
        return;
    std::fprintf(stderr, "this does not hold: %s\n", property);
    std::abort();
}

/// An error may be shown to a person as it is.
inline void require_shown(const Error& error) {
    require(!error.operation().empty(), "an error says what was tried");
    require(!error.detail().empty(), "an error says why");
    require(is_printable(error.to_string()), "an error has no control characters");
}

/// Values cut from the front of an input; at its end they are zero and empty. What it hands out is
/// a copy of exactly that size, so that the address sanitizer sees a step beyond either end.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

    bool empty() const { return rest_.empty(); }

    /// Little endian, whatever the machine, so that a corpus fits them all.
    template <typename T> T number() {
        static_assert(std::is_unsigned_v<T>);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i)
            value |= std::uint64_t{byte()} << (8 * i);
        return static_cast<T>(value);
    }
    std::vector<std::uint8_t> bytes(std::size_t size) {
        const auto cut = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(cut.size());
        return {cut.begin(), cut.end()};
    }
    /// Bytes behind their number, which has two bytes.
    std::vector<std::uint8_t> chunk() { return bytes(number<std::uint16_t>()); }
    std::vector<std::uint8_t> rest() { return bytes(rest_.size()); }

private:
    std::uint8_t byte() {
        if (rest_.empty())
            return 0;
        const auto first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }

    std::span<const std::uint8_t> rest_;
};

/// `bytes` as text.
inline std::string_view text_of(const std::vector<std::uint8_t>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace wgnl::fuzz
