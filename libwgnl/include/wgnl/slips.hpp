// SPDX-License-Identifier: LGPL-2.1-or-later
// How people go wrong in configuration, in words: what stands in a line that was refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] wgnl {

/// Whose rules a file follows: where a comment may stand, and what parts a list.
enum class Syntax : std::uint8_t {
    wg,       ///< '#' anywhere; commas
    networkd, ///< '#' or ';' at the begin of a line; commas or blanks
    keyfile,  ///< '#' at the begin of a line; semicolons
};

/// What somebody did to `value`, which was refused: a character that cannot be seen, a comment
/// where none may be, quotes, a placeholder of a template, a comma too many, a character that is
/// not ASCII. Words that follow "KEY= cannot be read: ", with what to do; never a part of the
/// value, which may be a secret. Empty if it is none of these. To be asked of what was refused
/// only: some of it is right elsewhere. `column`: of the value's first character in its line,
/// counted from 1; 0 if that is unknown, and no column is told then.
std::string slip_in(std::string_view value, Syntax syntax, std::size_t column = 1);

/// The same of a whole line that is neither KEY = VALUE nor a header that the format knows: also a
/// comment of another kind, a ':' for the '=', brackets of another kind. Words that stand alone.
std::string slip_in_line(std::string_view line, Syntax syntax);

/// Where `part`, a view into `line`, begins: characters, counted from 1, as editors do; 0 of an
/// empty one, which may stand anywhere.
std::size_t column_of(std::string_view part, std::string_view line) noexcept;

} // namespace wgnl
