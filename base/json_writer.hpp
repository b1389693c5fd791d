// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes JSON text: commas, layout, escapes.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wgnl::json {

enum class Layout : std::uint8_t {
    compact, ///< no white space
    lines,   ///< a line for each member of the document and each object in an array
};

/// Appends to one string; what it outgrows is wiped, since it may hold secrets.
class Writer {
public:
    explicit Writer(Layout layout, std::size_t expected_size = 0);

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }
    void member(std::string_view name); ///< its value follows

    /// Escaped as needed. Bytes that are no UTF-8 become U+FFFD, since JSON has no place for them.
    void value(std::string_view text);
    void value(const char* text) { value(std::string_view(text)); }
    void value(std::unsigned_integral auto number) {
        if constexpr (std::same_as<decltype(number), bool>)
            put(number ? "true" : "false");
        else
            put_number(number);
    }

    template <typename T> void member(std::string_view name, const T& its_value) {
        member(name);
        value(its_value);
    }

    /// What has been written and not been taken yet. A document is complete when all that was begun
    /// has ended; one that is large is taken in pieces.
    const std::string& text() const noexcept { return out_; }
    std::string take() { return std::exchange(out_, {}); }
    void forget_text() { out_.clear(); } ///< it is where it belongs; its room is used again

private:
    void append(std::string_view piece);
    void escape(unsigned char byte);
    void put(std::string_view literal);
    void put_number(std::uint64_t number);
    void separate();
    void break_line(std::size_t depth);
    void begin(char bracket);
    void end(char bracket);

    struct Level {
        bool object;
        bool empty;
        bool broken; ///< its elements stand on lines of their own
    };
    Layout layout_;
    std::string out_;
    std::vector<Level> levels_;
    bool after_name_{false};
};

} // namespace wgnl::json
