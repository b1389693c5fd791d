// SPDX-License-Identifier: LGPL-2.1-or-later
// Printing of problems with the line that a person wrote.
#include "diagnostics.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>

#include <fmt/format.h>

#include "format.hpp"

namespace wgnl::cli {
namespace {

struct Hint {
    std::string_view key;
    std::string_view text;
};
constexpr std::array hints{
    Hint{"privatekey", "44 characters of base64, as \"wgnl genkey\" prints; better in a file of "
                       "mode 0640, named by PrivateKeyFile="},
    Hint{"presharedkey", "44 characters of base64, as \"wgnl genpsk\" prints"},
    Hint{"publickey", "44 characters of base64, as \"wgnl pubkey\" prints"},
    Hint{"allowedips", "prefixes such as 10.0.0.2/32 or fd00::2/128, separated by commas"},
    Hint{"endpoint", "host:port, or [2001:db8::1]:51820 for an IPv6 address"},
    Hint{"persistentkeepalive", "seconds from 1 to 65535, or off"},
    Hint{"listenport", "a port from 1 to 65535, or auto"},
    Hint{"firewallmark", "a number from 0 to 4294967295, also as 0x…"},
    Hint{"name", "1 to 15 bytes without \"/\", \":\" and white space"},
    Hint{"mtubytes", "bytes from 1280 to 65535"},
    Hint{"routetable", "a number, default, main, local, or off"},
    Hint{"routemetric", "a number from 0 to 4294967295"},
    Hint{"mode", "observe or sync"},
};

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\",");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The key of `Key=value` or `"key": value`, lower case, without '_' and 'X-'.
std::string key_of(std::string_view line) {
    const auto text = trimmed(line);
    const auto end = text.find_first_of("=:\"");
    std::string key;
    for (const char byte : text.substr(0, end == text.npos ? 0 : end))
        if (std::isalnum(static_cast<unsigned char>(byte)))
            key += static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
    return key;
}

bool holds_secret(const std::string& key) {
    return key == "privatekey" || key == "presharedkey" || key == "xpresharedkey";
}

constexpr std::string_view hidden = "(hidden)";
/// A run of base64 this long may be a key, whatever stands around it (a continued line, a whole
/// document on one line); a shorter one of all kinds of characters may be a part of one.
constexpr std::size_t shortest_hidden = 32;
constexpr std::size_t shortest_part = 16;

bool is_base64(unsigned char byte) { return std::isalnum(byte) || byte == '+' || byte == '/'; }

bool is_hidden(std::string_view run) {
    const auto has = [&](auto kind) {
        return std::ranges::any_of(run, [&](unsigned char byte) { return kind(byte) != 0; });
    };
    return run.size() >= shortest_hidden ||
           (run.size() >= shortest_part && has([](int c) { return std::isupper(c); }) &&
            has([](int c) { return std::islower(c); }) &&
            has([](int c) { return std::isdigit(c); }));
}

std::string without_keys(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const auto size = std::min(
            static_cast<std::size_t>(std::ranges::find_if_not(text, is_base64) - text.begin()),
            text.size());
        const bool hide = is_hidden(text.substr(0, size));
        shown += hide ? hidden : text.substr(0, size);
        text.remove_prefix(size);
        if (!hide || !text.starts_with('='))
            shown += text.substr(0, 1);
        text.remove_prefix(std::min<std::size_t>(1, text.size()));
    }
    return shown;
}

std::vector<std::string> read_lines(const std::string& file) {
    std::ifstream stream{file};
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(shown_source_line(line));
        wipe(line);
    }
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
    const auto key = key_of(text);
    if (holds_secret(key))
        return printable(text.substr(0, text.find_first_of("=:") + 1)) + std::string{hidden};
    return key == "publickey" ? printable(text) : printable(without_keys(text));
}

std::string_view hint_for_line(std::string_view line) {
    const auto* found = std::ranges::find(hints, key_of(line), &Hint::key);
    return found == hints.end() ? std::string_view{} : found->text;
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
    if (line.empty())
        return;
    out_ << fmt::format("{:>6} | {}\n", place.line, line);
    const bool says_what_to_write = problem.text.find("; write ") != std::string::npos;
    const auto hint = problem.severity == Severity::error && !says_what_to_write
                          ? hint_for_line(line)
                          : std::string_view{};
    if (!hint.empty())
        out_ << fmt::format("{:>6} | {} {}\n", "", terminal_.paint(Colour::grey, "hint:"), hint);
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
