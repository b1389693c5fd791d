// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems as compilers print them: place, text, the line itself, a hint.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>

#include "terminal/console.hpp"

namespace wgnl::cli {

/// "wg0.netdev:40" → file and line; line 0 where there is none.
struct Place {
    std::string file{};
    std::size_t line{};

    static Place parse(std::string_view where);
};

/// The line as it may be shown: a secret's value, and whatever else may be a key and is not said to
/// be public, is replaced by "(hidden)"; control characters and blanks at the ends are gone.
std::string shown_source_line(std::string_view line);

/// "FILE:LINE" of the last line with that key, as key_of_line() has it; "FILE" if there is none.
std::string place_of_key(const std::string& file, std::string_view key);

/// A part of a line, in bytes.
struct Span {
    std::size_t start{};
    std::size_t size{};
};

/// What of the line a problem's text is about: an unknown key or section; the word that it quotes
/// behind "Key="; else the whole value. Empty if that cannot be told.
Span span_of_fault(std::string_view line, std::string_view text);

/// Prints problems, reading each file that they name once.
class Diagnostics {
public:
    Diagnostics(std::ostream& out, const Terminal& terminal) : out_(out), terminal_(terminal) {}

    void print(const Problem& problem);
    std::size_t errors() const { return errors_; }
    std::size_t warnings() const { return warnings_; }
    /// "2 errors, 1 warning", or empty.
    std::string summary() const;

private:
    void count(Severity severity);
    void print_source(const Place& place, const Problem& problem);
    std::string line_of(const Place& place);

    std::ostream& out_;
    const Terminal& terminal_;
    std::map<std::string, std::vector<std::string>> lines_{};
    std::size_t errors_{};
    std::size_t warnings_{};
};

} // namespace wgnl::cli
