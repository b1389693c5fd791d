// SPDX-License-Identifier: LGPL-2.1-or-later
// Problems as compilers print them: place, text, the line itself, a hint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/secret_text.hpp>

#include "terminal/console.hpp"

namespace wgnl::cli {

/// The line as it may be shown: a secret's value, and whatever else may be a key and is not said to
/// be public, is replaced by "(hidden)"; control characters and blanks at the ends are gone.
std::string shown_source_line(std::string_view line);

/// The last line with that key, in small letters and digits; the file if there is none.
Location place_of_key(const std::string& file, std::string_view key);

/// A part of a line, in bytes.
struct Span {
    std::size_t start{};
    std::size_t size{};
};

/// A line of a file as it may be shown.
struct SourceLine {
    std::string text{};
    std::size_t indentation{}; ///< characters that are left out in front of it
};

/// A file for the lines that are shown of it: read once, wiped when it goes. One that cannot be
/// read has no lines.
class SourceFile {
public:
    explicit SourceFile(const std::string& path);

    SourceLine line(std::uint32_t number) const; ///< from 1; empty if there is none
    /// The last line with that key, in small letters and digits; 0: there is none.
    std::uint32_t line_of_key(std::string_view key) const;

private:
    std::string_view raw(std::size_t index) const;

    SecretText text_{};
    std::vector<std::uint32_t> starts_{};
};

/// What of the line a problem is about: the word at its column, or the section there; without a
/// column the value of its key. Empty if that cannot be told.
Span span_of_fault(const SourceLine& line, const Problem& problem);

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
    void print_source(const Problem& problem);
    SourceLine line_of(const Location& location);

    std::ostream& out_;
    const Terminal& terminal_;
    std::map<std::string, SourceFile> files_{};
    std::size_t errors_{};
    std::size_t warnings_{};
};

} // namespace wgnl::cli
