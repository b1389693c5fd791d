// SPDX-License-Identifier: LGPL-2.1-or-later
// Ages, sizes, keys, cut texts and tables.
#include "format.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include <fmt/format.h>
#include <locale.h> // NOLINT(*-deprecated-headers): uselocale()
#include <wchar.h>  // NOLINT(*-deprecated-headers): wcwidth()

#include <wgnl/text.hpp>

#include "base/text.hpp"

namespace wgnl::cli {
namespace {

struct Unit {
    std::int64_t seconds;
    std::string_view name;
};
constexpr std::array units{Unit{86400, "d"}, Unit{3600, "h"}, Unit{60, "min"}, Unit{1, "s"}};

/// While it lives, this thread's wcwidth() knows all characters, whatever the user's locale is:
/// whether the terminal shows them is another matter, see Terminal::unicode.
class UnicodeWidths {
public:
    UnicodeWidths() {
        static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
        if (unicode != locale_t{})
            before_ = uselocale(unicode);
    }
    UnicodeWidths(const UnicodeWidths&) = delete;
    UnicodeWidths& operator=(const UnicodeWidths&) = delete;
    ~UnicodeWidths() {
        if (before_ != locale_t{})
            uselocale(before_);
    }

private:
    locale_t before_{};
};

/// What stands together on the screen: a character, a colour, or a byte that is neither.
struct Glyph {
    std::size_t bytes{};
    std::size_t columns{};
};

/// A character that wcwidth() does not know, as a newer one than it, takes a column: that it takes
/// none would be the worse mistake.
std::size_t columns_of(std::uint32_t code_point) {
    const int columns = wcwidth(static_cast<wchar_t>(code_point));
    return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

/// The first of a text that is not empty, with UnicodeWidths alive.
Glyph first_glyph(std::string_view text) {
    if (text.front() == '\033')
        return {std::min(text.find('m'), text.size() - 1) + 1, 0};
    const auto character = first_character(text);
    return character.length == 0 ? Glyph{1, 1}
                                 : Glyph{character.length, columns_of(character.code_point)};
}

/// The bytes of the first `width` columns, with the marks and colours behind the last.
std::string_view leading(std::string_view text, std::size_t width) {
    const UnicodeWidths widths;
    std::size_t at{};
    for (std::size_t used{}; at < text.size();) {
        const auto [bytes, columns] = first_glyph(text.substr(at));
        used += columns;
        if (used > width)
            break;
        at += bytes;
    }
    return text.substr(0, at);
}

/// What of a word stands in one line: its beginning, a character at least.
std::string_view first_part(std::string_view word, std::size_t room) {
    const auto part = leading(word, room);
    if (!part.empty())
        return part;
    const UnicodeWidths widths;
    return word.substr(0, first_glyph(word).bytes);
}

} // namespace

std::string age(std::chrono::seconds since) {
    auto rest = static_cast<std::int64_t>(since.count());
    if (rest < 0)
        return "just now";
    const auto* large =
        std::ranges::find_if(units, [&](auto& unit) { return rest >= unit.seconds; });
    if (large == units.end() || large + 1 == units.end())
        return fmt::format("{}s ago", rest);
    const auto count = rest / large->seconds;
    rest %= large->seconds;
    const auto* small = large + 1;
    if (rest < small->seconds)
        return fmt::format("{}{} ago", count, large->name);
    return fmt::format("{}{} {}{} ago", count, large->name, rest / small->seconds, small->name);
}

std::string iec_size(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 6> names{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024)
        return fmt::format("{} B", bytes);
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit{};
    // 1023.95 and more would print as 1024.0 of the smaller unit.
    for (; value >= 1023.95 && unit + 1 < names.size(); ++unit)
        value /= 1024;
    return fmt::format("{:.1f} {}", value, names[unit]);
}

std::string short_key(std::string_view base64) { return std::string{base64.substr(0, 8)}; }

std::size_t display_width(std::string_view text) {
    const UnicodeWidths widths;
    std::size_t width{};
    while (!text.empty()) {
        const auto [bytes, columns] = first_glyph(text);
        width += columns;
        text.remove_prefix(bytes);
    }
    return width;
}

std::string cut(std::string_view text, std::size_t width, std::string_view ellipsis) {
    if (display_width(text) <= width)
        return std::string{text};
    const auto mark = leading(ellipsis, width);
    return std::string{leading(text, width - display_width(mark))}.append(mark);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    const auto room = std::max<std::size_t>(width, 1);
    std::vector<std::string> lines(1);
    while (!text.empty()) {
        auto word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        const auto used = display_width(lines.back());
        if (used > 0 && used + 1 + display_width(word) > room)
            lines.emplace_back();
        else if (used > 0)
            lines.back() += ' ';
        while (display_width(word) > room) {
            const auto part = first_part(word, room);
            if (part.size() == word.size())
                break;
            lines.back() += part;
            lines.emplace_back();
            word.remove_prefix(part.size());
        }
        lines.back() += word;
    }
    return lines;
}

std::string printable(std::string_view text) {
    return wgnl::printable(text, std::string_view::npos);
}

void Table::add(std::vector<std::string> cells) {
    assert(cells.size() == columns_.size());
    rows_.push_back(std::move(cells));
}

std::string pad(std::string_view text, std::size_t width, Align align) {
    const std::string blanks(width - std::min(width, display_width(text)), ' ');
    return align == Align::right ? blanks + std::string{text} : std::string{text} + blanks;
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths(columns_.size());
    for (const auto& row : rows_)
        for (std::size_t i{}; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i]));
    return widths;
}

std::vector<std::string> Table::lines() const {
    const auto column_widths = widths();
    std::vector<std::string> lines;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i{}; i < row.size(); ++i)
            line.append(i ? "  " : "").append(pad(row[i], column_widths[i], columns_[i]));
        line.erase(line.find_last_not_of(' ') + 1);
        lines.push_back(std::move(line));
    }
    return lines;
}

namespace {

using Microseconds = std::chrono::microseconds;
using namespace std::chrono_literals;

struct SpanUnit {
    std::string_view name;
    Microseconds length;
};
constexpr std::array span_units{SpanUnit{"", 1s},    SpanUnit{"s", 1s},   SpanUnit{"sec", 1s},
                                SpanUnit{"ms", 1ms}, SpanUnit{"m", 1min}, SpanUnit{"min", 1min},
                                SpanUnit{"h", 1h},   SpanUnit{"d", 24h}};
constexpr Microseconds shortest = 1ms;
constexpr Microseconds longest = 24h * 365 * 30;

/// Takes "5min" off the front.
std::optional<Microseconds> take_part(std::string_view& text) {
    double number{};
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || !(number >= 0))
        return std::nullopt;
    text = trimmed_left(text.substr(static_cast<std::size_t>(end - text.data())));
    const auto stop = std::ranges::find_if_not(text, is_small);
    const std::string_view name{text.begin(), stop};
    const auto* unit = std::ranges::find(span_units, name, &SpanUnit::name);
    const auto length = unit == span_units.end() ? 0.0 : static_cast<double>(unit->length.count());
    if (unit == span_units.end() || number * length > static_cast<double>(longest.count()))
        return std::nullopt;
    text = trimmed_left(text.substr(name.size()));
    return Microseconds{static_cast<Microseconds::rep>(number * length)};
}

} // namespace

std::optional<Microseconds> parse_span(std::string_view text) {
    Microseconds sum{};
    text = trimmed_left(text);
    do {
        const auto part = take_part(text);
        if (!part)
            return std::nullopt;
        sum += *part;
    } while (!text.empty() && sum <= longest);
    return sum >= shortest && sum <= longest ? std::optional{sum} : std::nullopt;
}

} // namespace wgnl::cli
