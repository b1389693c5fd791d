// SPDX-License-Identifier: LGPL-2.1-or-later
// Ages, sizes, keys and texts as people read them, and spans of time as they write them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wgnl::cli {

/// "12s ago", "3min 5s ago", "2h 14min ago", "5d 3h ago": the two largest units. What lies in the
/// future (the clock was set back) is "just now".
std::string age(std::chrono::seconds since);

/// "30" (seconds), "1.5", "500ms", "2min", "1h 30min": units ms, s (sec), min (m), h, d; one after
/// the other adds up. Absent: not a span, or not from a millisecond to 30 years.
std::optional<std::chrono::microseconds> parse_span(std::string_view text);

/// IEC sizes: "0 B", "1023 B", "1.0 KiB", "3.4 MiB", up to EiB; one digit after the point.
std::string iec_size(std::uint64_t bytes);

/// The first eight characters of a key in base64, enough to tell peers apart.
std::string short_key(std::string_view base64);

/// Columns that UTF-8 text takes on a terminal, as wcwidth(3) has them in C.UTF-8, whatever the
/// locale is: two for a Chinese character, none for a combining mark or a colour escape. What it
/// does not know takes one.
std::size_t display_width(std::string_view text);

/// At most `width` columns of `text`, which has no colours; what was cut shows as `ellipsis`. It is
/// a column less where a character of two does not fit.
std::string cut(std::string_view text, std::size_t width, std::string_view ellipsis);

/// The text in lines of at most `width` columns, at least one: broken at blanks, and within a word
/// only where that is longer than a line, or one of its characters wider. Colours stay around what
/// they are around.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

enum class Align { left, right };

/// `text` with blanks up to `width` columns.
std::string pad(std::string_view text, std::size_t width, Align align = Align::left);

/// `text` of others as it may go to a terminal, whole: see is_printable() of <wgnl/text.hpp>.
std::string printable(std::string_view text);

/// A table of left- or right-aligned columns, two spaces apart, no blanks at the ends of lines.
class Table {
public:
    using Align = cli::Align;
    explicit Table(std::vector<Align> columns) : columns_(std::move(columns)) {}

    void add(std::vector<std::string> cells); ///< as many as there are columns
    /// One line a row, without line ends.
    std::vector<std::string> lines() const;

private:
    std::vector<std::size_t> widths() const;

    std::vector<Align> columns_;
    std::vector<std::vector<std::string>> rows_{};
};

} // namespace wgnl::cli
