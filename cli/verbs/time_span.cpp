// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers and their units, added up.
#include "time_span.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace wgnl::cli {
namespace {

using Microseconds = std::chrono::microseconds;
using namespace std::chrono_literals;

struct Unit {
    std::string_view name;
    Microseconds length;
};
constexpr std::array units{Unit{"", 1s},    Unit{"s", 1s},     Unit{"sec", 1s}, Unit{"ms", 1ms},
                           Unit{"m", 1min}, Unit{"min", 1min}, Unit{"h", 1h},   Unit{"d", 24h}};
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
    const auto* unit = std::ranges::find(units, name, &Unit::name);
    const auto length = unit == units.end() ? 0.0 : static_cast<double>(unit->length.count());
    if (unit == units.end() || number * length > static_cast<double>(longest.count()))
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
