// SPDX-License-Identifier: LGPL-2.1-or-later
// Printing of problems with the line that a person wrote.
#include "diagnostics.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "base/text.hpp"
#include "formats/secret_file.hpp"
#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

bool holds_secret(const std::string& key) {
    return key == "privatekey" || key == "presharedkey" || key == "xpresharedkey";
}

constexpr std::string_view hidden = "(hidden)";

std::string_view without_quotes(std::string_view text) {
    return trimmed(trimmed_left(text, " \t\r\","), " \t\r");
}

/// The key of `Key=value` or `"key": value`, lower case, letters and digits only.
std::string key_of_line(std::string_view line) {
    const auto text = without_quotes(line);
    const auto end = text.find_first_of("=:\"");
    std::string key;
    for (const char byte : text.substr(0, end == text.npos ? 0 : end))
        if (is_letter(byte) || is_digit(byte))
            key += lower(byte);
    return key;
}

/// Its value is "@name" of a credential, which is no secret itself.
bool names_credential(std::string_view line) {
    const auto equals = line.find('=');
    return equals != line.npos && without_quotes(line.substr(equals + 1)).starts_with('@');
}

/// Of a file, for what is shown: more than any with a mistake in each line that is told.
constexpr std::size_t most_lines = std::size_t{1} << 24;

/// A line about a public key that holds one and nothing beside it: what a person may see of it.
bool shows_public_key(std::string_view key, std::string_view text) {
    constexpr std::string_view group = "[wireguard-peer.";
    constexpr std::string_view around = " \t\",]";
    if (key != "publickey" && !text.starts_with(group))
        return false;
    const auto value =
        text.substr(key == "publickey" ? text.find_first_of("=:") + 1 : group.size());
    return PublicKey::parse(trimmed(value, around)).has_value();
}

/// The beginnings of its lines.
std::vector<std::uint32_t> line_starts(std::string_view text) {
    static_assert(largest_secret_file <= std::numeric_limits<std::uint32_t>::max());
    std::vector<std::uint32_t> starts;
    std::size_t start = 0;
    while (start < text.size() && starts.size() < most_lines) {
        starts.push_back(static_cast<std::uint32_t>(start));
        start = std::min(text.find('\n', start), text.size() - 1) + 1;
    }
    return starts;
}

/// Where the character of that number, from 0, begins; the end if there are not so many.
std::size_t begin_of_character(std::string_view text, std::size_t number) {
    auto rest = text;
    for (; number > 0 && !rest.empty(); --number)
        rest.remove_prefix(std::max<std::size_t>(first_character(rest).length, 1));
    return text.size() - rest.size();
}

/// A name up to its '=', or a word of a value.
std::size_t end_of_word(std::string_view line, std::size_t start) {
    const auto equals = line.find('=');
    if (start < equals)
        return trimmed(line.substr(0, equals)).size();
    return std::min(line.find_first_of(" \t,", start), line.size());
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

/// "^~~~" below that part of the line.
std::string marker_of(std::string_view line, const Span& span) {
    const auto width = display_width(line.substr(span.start, span.size));
    return "^" + std::string(std::max<std::size_t>(width, 1) - 1, '~');
}

std::string counted(std::size_t count, std::string_view word) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

} // namespace

std::string shown_source_line(std::string_view line) {
    const auto text = trimmed(line, " \t\r");
    if (text.empty())
        return {};
    const auto key = key_of_line(text);
    if (holds_secret(key) && !names_credential(text))
        return printable(text.substr(0, text.find_first_of("=:") + 1)) + std::string{hidden};
    return shows_public_key(key, text) ? printable(text) : excerpt(text, text.npos);
}

SourceFile::SourceFile(const std::string& path) {
    if (auto opened = read_secret_file(path))
        text_ = std::move(opened->text);
    starts_ = line_starts(text_.view());
}

std::string_view SourceFile::raw(std::size_t index) const {
    const auto text = text_.view();
    const auto end = index + 1 < starts_.size() ? starts_[index + 1] - 1 : text.size();
    const auto line = text.substr(starts_[index], end - starts_[index]);
    return line.substr(0, line.find('\n')); // the last one may have one, or more follow
}

SourceLine SourceFile::line(std::uint32_t number) const {
    if (number == 0 || number > starts_.size())
        return {};
    const auto line = raw(number - 1);
    const auto indentation = line.find_first_not_of(" \t");
    return {shown_source_line(line), indentation == line.npos ? 0 : indentation};
}

std::uint32_t SourceFile::line_of_key(std::string_view key) const {
    for (auto number = starts_.size(); number > 0; --number)
        if (key_of_line(raw(number - 1)) == key)
            return static_cast<std::uint32_t>(number);
    return 0;
}

Location place_of_key(const std::string& file, std::string_view key) {
    return {file, SourceFile{file}.line_of_key(key)};
}

Span span_of_fault(const SourceLine& source, const Problem& problem) {
    const auto& line = source.text;
    if (const auto column = problem.location.column; column > source.indentation) {
        const auto start = begin_of_character(line, column - 1 - source.indentation);
        const auto end = line.starts_with('[') ? line.size() : end_of_word(line, start);
        return {start, end - start};
    }
    const auto equals = line.find('=');
    if (problem.key.empty() || line.starts_with('[') || equals == line.npos)
        return {};
    const auto start = std::min(line.find_first_not_of(" \t", equals + 1), line.size());
    return {start, line.size() - start};
}

void Diagnostics::count(Severity severity) {
    errors_ += severity == Severity::error ? 1 : 0;
    warnings_ += severity == Severity::warning ? 1 : 0;
}

SourceLine Diagnostics::line_of(const Location& location) {
    if (location.line == 0)
        return {};
    return files_.try_emplace(location.file, location.file).first->second.line(location.line);
}

void Diagnostics::print_source(const Problem& problem) {
    const auto source = line_of(problem.location);
    const std::string_view line = source.text;
    const auto below = [&](const std::string& text) {
        out_ << fmt::format("{:>6} | {}\n", "", text);
    };
    if (!line.empty()) {
        out_ << fmt::format("{:>6} | {}\n", problem.location.line, line);
        if (const auto span = span_of_fault(source, problem); span.size > 0)
            below(std::string(display_width(line.substr(0, span.start)), ' ') +
                  terminal_.paint(colour_of(problem.severity), marker_of(line, span)));
    }
    if (!problem.hint.empty())
        below(
            fmt::format("{} {}", terminal_.paint(Colour::grey, "hint:"), printable(problem.hint)));
}

void Diagnostics::print(const Problem& problem) {
    count(problem.severity);
    const auto place =
        problem.location.empty() ? "" : printable(to_string(problem.location)) + ": ";
    const auto severity = fmt::format("{}:", to_string(problem.severity));
    out_ << terminal_.paint(Colour::bold, place)
         << terminal_.paint(colour_of(problem.severity), severity) << ' ' << printable(problem.text)
         << '\n';
    print_source(problem);
}

std::string Diagnostics::summary() const {
    std::string text = errors_ ? counted(errors_, "error") : "";
    if (warnings_)
        text += (text.empty() ? "" : ", ") + counted(warnings_, "warning");
    return text;
}

} // namespace wgnl::cli
