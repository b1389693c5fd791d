// SPDX-License-Identifier: LGPL-2.1-or-later
// How people go wrong in configuration, in words: what stands in a line that was refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <wgnl/declaration.hpp>

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

/// Counts the settings of AmneziaWG in a file: a WireGuard that hides what it is, and that nothing
/// understands which speaks WireGuard alone.
class AmneziaSettings {
public:
    /// Whether `key`, in any case, is one of them.
    static bool knows(std::string_view key) noexcept;
    /// `where`: as in Problem. The first one is told.
    void take(std::string_view key, std::string_view where);

    bool empty() const noexcept { return count_ == 0; }
    /// What to say of all of them, once for a file: an error where the first one stands.
    Problem problem() const;

private:
    std::size_t count_{};
    std::string first_{};
    std::string where_{};
};

} // namespace wgnl
