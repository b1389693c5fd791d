// SPDX-License-Identifier: LGPL-2.1-or-later
// Printing of problems with the line that a person wrote.
#include "diagnostics.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "formats/hints.hpp"
#include "formats/secret_file.hpp"
#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

bool holds_secret(const std::string& key) {
    return key == "privatekey" || key == "presharedkey" || key == "xpresharedkey";
}

constexpr std::string_view hidden = "(hidden)";

/// Of a file, for what is shown: more than any with a mistake in each line that is told.
constexpr std::size_t most_lines = std::size_t{1} << 24;

/// A line about a public key that holds one and nothing beside it: what a person may see of it.
bool shows_public_key(std::string_view key, std::string_view text) {
    constexpr std::string_view group = "[wireguard-peer.";
    constexpr std::string_view around = " \t\",]";
    if (key != "publickey" && !text.starts_with(group))
        return false;
    auto value = text.substr(key == "publickey" ? text.find_first_of("=:") + 1 : group.size());
    value.remove_prefix(std::min(value.find_first_not_of(around), value.size()));
    value = value.substr(0, value.find_last_not_of(around) + 1);
    return PublicKey::parse(value).has_value();
}

template <typename Visit> void each_line(const std::string& file, Visit visit) {
    const auto opened = read_secret_file(file);
    auto rest = opened ? opened->text.view() : std::string_view{};
    for (std::size_t count = 0; !rest.empty() && count < most_lines; ++count) {
        const auto end = std::min(rest.find('\n'), rest.size());
        visit(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

std::vector<std::string> read_lines(const std::string& file) {
    std::vector<std::string> lines;
    each_line(file, [&](std::string_view line) { lines.push_back(shown_source_line(line)); });
    return lines;
}

Colour colour_of(Severity severity) {
    switch (severity) {
    case Severity::error:
        return Colour::red;
    case Severity::warning:
        return Colour::yellow;
    case Severity::note:
        break;
    }
    return Colour::grey;
}

std::string_view trimmed_right(std::string_view text) {
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// "^~~~" below that part of the line.
std::string marker_of(std::string_view line, const Span& span) {
    return "^" + std::string(display_width(line.substr(span.start, span.size)) - 1, '~');
}

std::string counted(std::size_t count, std::string_view word) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

} // namespace

Place Place::parse(std::string_view where) {
    const auto colon = where.rfind(':');
    std::size_t line{};
    if (colon == where.npos)
        return {std::string{where}, 0};
    const auto* end = where.data() + where.size();
    const auto [last, error] = std::from_chars(where.data() + colon + 1, end, line);
    if (error != std::errc{} || last != end)
        return {std::string{where}, 0};
    return {std::string{where.substr(0, colon)}, line};
}

std::string shown_source_line(std::string_view line) {
    const auto first = line.find_first_not_of(" \t");
    if (first == line.npos)
        return {};
    const auto text = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    const auto key = key_of_line(text);
    if (holds_secret(key) && !names_credential(text))
        return printable(text.substr(0, text.find_first_of("=:") + 1)) + std::string{hidden};
    return shows_public_key(key, text) ? printable(text) : excerpt(text, text.npos);
}

std::string place_of_key(const std::string& file, std::string_view key) {
    std::size_t number = 0;
    std::size_t found = 0;
    each_line(file, [&](std::string_view line) {
        ++number;
        found = key_of_line(line) == key ? number : found;
    });
    return found == 0 ? file : fmt::format("{}:{}", file, found);
}

Span span_of_fault(std::string_view line, std::string_view text) {
    const auto equals = line.find('=');
    if (line.starts_with('[') || equals == line.npos)
        return text.starts_with(line) ? Span{0, line.size()} : Span{};
    const auto start = std::min(line.find_first_not_of(" \t", equals + 1), line.size());
    const auto quoted = text.find('=');
    const auto key = trimmed_right(line.substr(0, equals));
    if (text.contains("= is no key of ["))
        return {0, key.size()};
    if (quoted != text.npos && text.substr(0, quoted) == key) {
        const auto word = text.substr(quoted + 1, text.find(' ', quoted) - quoted - 1);
        const auto at = word.empty() ? line.npos : line.find(word, start);
        if (at != line.npos)
            return {at, word.size()};
    }
    return {start, line.size() - start};
}

void Diagnostics::count(Severity severity) {
    errors_ += severity == Severity::error ? 1 : 0;
    warnings_ += severity == Severity::warning ? 1 : 0;
}

std::string Diagnostics::line_of(const Place& place) {
    if (place.line == 0)
        return {};
    auto [entry, missing] = lines_.try_emplace(place.file);
    if (missing)
        entry->second = read_lines(place.file);
    return place.line <= entry->second.size() ? entry->second[place.line - 1] : std::string{};
}

void Diagnostics::print_source(const Place& place, const Problem& problem) {
    const auto line = line_of(place);
    const auto hint = hint_for(problem, line);
    const auto below = [&](const std::string& text) {
        out_ << fmt::format("{:>6} | {}\n", "", text);
    };
    if (!line.empty()) {
        out_ << fmt::format("{:>6} | {}\n", place.line, line);
        if (const auto span = span_of_fault(line, problem.text); span.size > 0)
            below(std::string(display_width(std::string_view(line).substr(0, span.start)), ' ') +
                  terminal_.paint(colour_of(problem.severity), marker_of(line, span)));
    }
    if (!hint.empty())
        below(fmt::format("{} {}", terminal_.paint(Colour::grey, "hint:"), hint));
}

void Diagnostics::print(const Problem& problem) {
    count(problem.severity);
    const auto where = problem.where.empty() ? "" : printable(problem.where) + ": ";
    const auto severity = fmt::format("{}:", to_string(problem.severity));
    out_ << terminal_.paint(Colour::bold, where)
         << terminal_.paint(colour_of(problem.severity), severity) << ' ' << printable(problem.text)
         << '\n';
    print_source(Place::parse(problem.where), problem);
}

std::string Diagnostics::summary() const {
    std::string text = errors_ ? counted(errors_, "error") : "";
    if (warnings_)
        text += (text.empty() ? "" : ", ") + counted(warnings_, "warning");
    return text;
}

} // namespace wgnl::cli
