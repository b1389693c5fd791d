// SPDX-License-Identifier: LGPL-2.1-or-later
// OpenMetrics 1.0, and the text format 0.0.4 of Prometheus, which knows fewer types.
#include "page.hpp"

#include <array>
#include <iterator>

#include <fmt/format.h>

#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

using Type = MetricFamily::Type;

std::string_view type_in_openmetrics(Type type) {
    constexpr std::array<std::string_view, 4> words{"counter", "gauge", "info", "stateset"};
    return words.at(static_cast<std::size_t>(type));
}

/// What a sample's name has behind that of its family.
std::string_view suffix_of(Type type) {
    return type == Type::counter ? "_total" : type == Type::info ? "_info" : "";
}

/// A unit is the end of a name.
std::string_view unit_of(std::string_view name) {
    for (const std::string_view unit : {"bytes", "seconds"})
        if (name.ends_with(unit))
            return unit;
    return {};
}

std::string escaped(std::string_view value) {
    std::string text;
    for (const char byte : printable(value)) {
        if (byte == '\\' || byte == '"')
            text += '\\';
        text += byte;
    }
    return text;
}

} // namespace

MetricLabels::MetricLabels(std::initializer_list<Label> labels) {
    for (const auto& [name, value] : labels)
        add(name, value);
}

MetricLabels MetricLabels::with(std::string_view name, std::string_view value) const {
    auto more = *this;
    more.add(name, value);
    return more;
}

void MetricLabels::add(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}{}=\"{}\"", text_.empty() ? "" : ",", name,
                   escaped(value));
}

void MetricsPage::begin(const MetricFamily& family) {
    family_ = family;
    headed_ = false;
}

void MetricsPage::sample(const MetricLabels& labels, std::string_view value) {
    const auto into = std::back_inserter(text_);
    const auto& [name, type, help] = family_;
    const auto suffix = suffix_of(type);
    if (!headed_ && format_ == MetricsFormat::openmetrics) {
        fmt::format_to(into, "# TYPE {} {}\n", name, type_in_openmetrics(type));
        if (const auto unit = unit_of(name); !unit.empty())
            fmt::format_to(into, "# UNIT {} {}\n", name, unit);
        fmt::format_to(into, "# HELP {} {}\n", name, help);
    } else if (!headed_) {
        fmt::format_to(into, "# HELP {}{} {}\n# TYPE {}{} {}\n", name, suffix, help, name, suffix,
                       type == Type::counter ? "counter" : "gauge");
    }
    headed_ = true;
    fmt::format_to(into, "{}{}{{{}}} {}\n", name, suffix, labels.text(), value);
}

void MetricsPage::number(const MetricLabels& labels, std::uint64_t value) {
    sample(labels, fmt::format("{}", value));
}

void MetricsPage::seconds(const MetricLabels& labels, Microseconds value) {
    constexpr std::int64_t million = 1'000'000;
    const auto count = static_cast<std::int64_t>(value.count());
    sample(labels, fmt::format("{}.{:06}", count / million, count % million));
}

void MetricsPage::state(const MetricLabels& labels, std::string_view state) {
    for (const auto word : peer_state_words)
        boolean(labels.with(family_.name, word), word == state);
}

std::string MetricsPage::finish() && {
    if (format_ == MetricsFormat::openmetrics)
        text_ += "# EOF\n";
    return std::move(text_);
}

} // namespace wgnl::cli
