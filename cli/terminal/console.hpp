// SPDX-License-Identifier: LGPL-2.1-or-later
// Console: where a verb writes, and what the terminal behind it can show.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/error.hpp>

namespace wgnl::cli {

/// Exit codes of the command, for scripts: they never change their meaning.
enum class Exit : int {
    done = 0,
    failed = 1,
    usage = 2,
    found = 3,     ///< `check` found mistakes, `diff` found differences
    timed_out = 4, ///< `wait`
};

enum class Colour { none, green, yellow, red, grey, bold };

/// What the output can show. The default is that of a pipe: plain and uncut.
struct Terminal {
    bool colour{false};
    bool unicode{true};
    std::optional<std::size_t> width{}; ///< columns; absent: never cut

    /// Looks at standard output, $NO_COLOR, $TERM, $COLUMNS and the locale's character set.
    static Terminal detect();
    /// `text` in that colour, or unchanged where there is none.
    std::string paint(Colour wanted, std::string_view text) const;
};

struct Console {
    std::ostream& out;
    std::ostream& err;
    Terminal terminal{};
};

/// "wgnl: operation: detail" on the error stream; always Exit::failed.
Exit report(Console& console, const Error& error);

} // namespace wgnl::cli
