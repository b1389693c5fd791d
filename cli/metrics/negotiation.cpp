// SPDX-License-Identifier: LGPL-2.1-or-later
// The header Accept of RFC 9110, as far as it matters here.
#include "negotiation.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace wgnl::cli {
namespace {

/// Takes what stands before the next separator off the front.
std::string_view take(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(part, " \t");
}

struct Range {
    std::string_view type{};
    std::string_view version{};
    double weight{1};
};

double weight_of(std::string_view text) {
    double weight{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
    return error == std::errc{} && weight >= 0 && weight <= 1 ? weight : 0;
}

/// "application/openmetrics-text;version=1.0.0;q=0.5"
Range range_of(std::string_view text) {
    Range range{.type = take(text, ';')};
    while (!text.empty()) {
        auto value = take(text, ';');
        const auto name = take(value, '=');
        if (name == "q")
            range.weight = weight_of(value);
        if (name == "version")
            range.version = value;
    }
    return range;
}

bool is_openmetrics(const Range& range) {
    return range.type == "application/openmetrics-text" &&
           (range.version.empty() || range.version == "1.0.0");
}

bool is_plain(const Range& range) {
    return range.type == "text/plain" && (range.version.empty() || range.version == "0.0.4");
}

} // namespace

MetricsFormat wanted_format(std::string_view accept) {
    double openmetrics{};
    double plain{};
    while (!accept.empty()) {
        const auto range = range_of(take(accept, ','));
        if (is_openmetrics(range))
            openmetrics = std::max(openmetrics, range.weight);
        if (is_plain(range))
            plain = std::max(plain, range.weight);
    }
    return openmetrics > 0 && openmetrics >= plain ? MetricsFormat::openmetrics
                                                   : MetricsFormat::prometheus;
}

} // namespace wgnl::cli
