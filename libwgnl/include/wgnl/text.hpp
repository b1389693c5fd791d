// SPDX-License-Identifier: LGPL-2.1-or-later
// Text of others made fit to be shown: nothing in it steers a terminal, and nothing may be a key.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <wgnl/key.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// Whether all of `text` may be shown as it is: valid UTF-8 without characters that steer a
/// terminal or deceive a reader. Those are control characters (C0, DEL, C1), separators of lines
/// and paragraphs (U+2028, U+2029), what sets the direction of text (U+061C, U+200E, U+200F, U+202A
/// to U+202E, U+2066 to U+2069), what nobody sees (U+200B to U+200D, U+2060, U+FEFF), and what is
/// no character for good (U+FDD0 to U+FDEF, U+FFFE and the like), which sd-bus refuses.
bool is_printable(std::string_view text) noexcept;

/// `text` with U+FFFD for each character, and each byte that is none, that may not be shown; cut at
/// `longest` bytes, to which "…" is added.
std::string printable(std::string_view text, std::size_t longest);

/// Letters to change, add or drop to make one of the other (Levenshtein's distance, in bytes),
/// without regard to the case of ASCII: what somebody meant is one or two off. Costs the product of
/// their lengths, and memory for the second.
std::size_t edit_distance(std::string_view written, std::string_view meant);

/// Whether a public key is known to be one, so that it may be shown.
using IsPublic = std::function<bool(const PublicKey&)>;

/// `text` with "(hidden)" for each run that may be a key: 43 characters of base64 in a row, or as
/// many of its URL-safe kind if both cases are among them. Those written as %2B, \x2b, \u002b or \/
/// count as one. So 64 hexadecimal digits go as well. A run stays if it is all of a key that
/// `is_public` knows, or if it is a path: parted by '/', and each part of small letters and digits,
/// or of words that begin with a capital and have three letters. One key in 10^9 reads so.
/// What goes to a person, a journal or the bus, and holds text of others, passes through here.
std::string without_keys(std::string_view text, const IsPublic& is_public = {});

/// What a message may quote of a value that stands in a file: printable, cut at `limit` bytes with
/// "…", and stricter than without_keys(), since a key may have come apart: "(hidden)" stands as
/// well for 32 characters of base64, and for 16 in a row that have a digit, a small and a capital
/// letter.
std::string excerpt(std::string_view value, std::size_t limit = 80);

} // namespace wgnl
