// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines of a configuration text, and what of them may be shown.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/secret_text.hpp>

#include "base/text.hpp"

namespace wgnl {

/// One line, cut at its first '#'.
struct ConfigurationText {
    std::string_view setting;                ///< what stands before the '#'
    std::optional<std::string_view> comment; ///< what follows it

    static ConfigurationText cut(std::string_view line);
    bool is_blank() const { return trimmed(setting).empty(); }
    bool is_comment() const { return comment && is_blank(); } ///< and nothing else
};

/// Replaces `out` with `text` without any blank, as wg reads a line.
void remove_blanks(std::string_view text, SecretText& out);

/// The column, from 1, of the byte of `text` that is number `at` of those that remove_blanks()
/// leaves; 0 if there are not so many.
std::size_t column_without_blanks(std::string_view text, std::size_t at);

/// Whether `text` holds what may be a key: it must not be shown, nor be a name.
bool may_hold_key(std::string_view text);

/// The value as a message may quote it: cut, printable, "(hidden)" if it may be a key.
std::string shown_value(std::string_view value);

/// The key of an unknown setting as a message may quote it; "this line" if it is no plain word, for
/// then it may be the rest of a secret.
std::string shown_key(std::string_view key);

} // namespace wgnl
