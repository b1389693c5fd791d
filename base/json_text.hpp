// SPDX-License-Identifier: LGPL-2.1-or-later
// The grammar of JSON (RFC 8259): text in, events out, no copy of what the text holds. People's
// documents hold keys, so a string is handed on where it lies; only one with escapes is put
// together elsewhere, and wiped. That is why this is no parser of a general library: those keep
// tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wgnl::json {

/// One value that is neither object nor array.
struct Scalar {
    enum class Kind : std::uint8_t { null, flag, number, other_number, text };
    Kind kind{Kind::null};
    bool flag{};
    std::uint64_t number{};  ///< whole, not negative, within 64 bits; all else is other_number
    std::string_view text{}; ///< valid UTF-8, during the event only
};

/// Receives what the text holds, in its order; false stops the reading.
class Events {
public:
    virtual ~Events() = default;
    virtual bool scalar(const Scalar& value) = 0;
    virtual bool begin_object() = 0;
    virtual bool name(std::string_view member) = 0; ///< its value follows
    virtual bool end_object() = 0;
    virtual bool begin_array() = 0;
    virtual bool end_array() = 0;
};

/// How far the text was good.
struct ReadText {
    bool complete{};        ///< one value and nothing behind it, and no event said false
    std::size_t position{}; ///< of the byte that is not JSON, or where an event said false
};

/// Reads one document. The receiver bounds the depth: each object or array that it lets begin takes
/// a little of the stack.
ReadText read_text(std::string_view json, Events& events);

} // namespace wgnl::json
