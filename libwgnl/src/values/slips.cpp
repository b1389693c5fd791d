// SPDX-License-Identifier: LGPL-2.1-or-later
// Slips, each told by one function, from what nobody can see to what is merely odd.
#include <wgnl/slips.hpp>
#include <wgnl/text.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include <wgnl/address.hpp>

#include "base/text.hpp"
#include "placeholder.hpp"

namespace wgnl {

namespace {

/// What shows nothing, or a blank that is none: beside is_printable()'s, blanks of typography,
/// fillers and marks that choose a variant.
constexpr std::array<CodePoints, 22> unseen{
    {{0x00, 0x08},       {0x0e, 0x1f},      {0x7f, 0xa0},     {0xad, 0xad},     {0x34f, 0x34f},
     {0x61c, 0x61c},     {0x115f, 0x1160},  {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
     {0x2000, 0x200f},   {0x2028, 0x202f},  {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000},
     {0x3164, 0x3164},   {0xfe00, 0xfe0f},  {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff9, 0xfffb},
     {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}}};

constexpr std::array<CodePoints, 7> quotes{{{0x22, 0x22},
                                            {0x27, 0x27},
                                            {0x60, 0x60},
                                            {0xab, 0xab},
                                            {0xb4, 0xb4},
                                            {0xbb, 0xbb},
                                            {0x2018, 0x201f}}};
constexpr std::array<CodePoints, 4> other_quotes{
    {{0x2039, 0x203a}, {0x300c, 0x300f}, {0xff02, 0xff02}, {0xff07, 0xff07}}};

template <std::size_t N> bool is_in(const std::array<CodePoints, N>& ranges, std::uint32_t point) {
    return std::ranges::any_of(ranges, [=](const CodePoints& range) {
        return point >= range.first && point <= range.last;
    });
}

bool is_quote(std::uint32_t point) { return is_in(quotes, point) || is_in(other_quotes, point); }

/// A character, or a byte that is a part of none, and where it stands.
struct Found {
    std::uint32_t code_point{};
    bool is_character{};
    std::size_t column{}; ///< counted from 1
};

/// Of those that are wanted alone: the rest may be a secret.
template <typename Wanted> std::vector<Found> all_of(std::string_view text, Wanted wanted) {
    std::vector<Found> found;
    for (std::size_t column = 1; !text.empty(); ++column) {
        const auto [length, point] = first_character(text);
        const Found here{length == 0 ? static_cast<unsigned char>(text.front()) : point,
                         length != 0, column};
        if (wanted(here))
            found.push_back(here);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return found;
}

/// " in column 14", counted in the line.
std::string in_column(const Found& found, std::size_t column) {
    return column == 0 ? std::string{} : fmt::format(" in column {}", found.column + column - 1);
}

/// "a character that … (U+200B) stands in column 14"; of more than one, the first.
std::string about(const std::vector<Found>& all, std::string_view one, std::string_view more,
                  std::size_t column) {
    const auto& first = all.front();
    if (all.size() == 1) {
        return fmt::format("{} (U+{:04X}) stands{}", one, first.code_point,
                           column == 0 ? " in it" : in_column(first, column));
    }
    return fmt::format("{} {}, the first of them (U+{:04X}){}", all.size(), more, first.code_point,
                       in_column(first, column));
}

std::string slip_of_unseen(std::string_view value, std::size_t column) {
    const auto bytes = all_of(value, [](const Found& each) { return !each.is_character; });
    if (!bytes.empty()) {
        return fmt::format(
            "a byte that is no character of UTF-8 (0x{:02X}) stands{}; delete it, or "
            "save the file as UTF-8",
            bytes.front().code_point, column == 0 ? " in it" : in_column(bytes.front(), column));
    }
    const auto found =
        all_of(value, [](const Found& each) { return is_in(unseen, each.code_point); });
    if (found.empty())
        return {};
    return about(found, "a character that cannot be seen",
                 "characters that cannot be seen stand in it", column) +
           (found.size() == 1 ? "; delete it" : "; delete them");
}

/// Begins of comments that people know from elsewhere.
constexpr std::array<std::string_view, 6> foreign_comments{";", "//", "/*", "--", "<!--", "("};

std::string comment_rule(Syntax syntax, std::string_view mark) {
    if (syntax == Syntax::wg)
        return fmt::format("a comment begins with \"#\", not with \"{}\"; write that", mark);
    return fmt::format(
        "a comment has a line of its own, which begins with \"#\"; write what stands "
        "behind \"{}\" there",
        mark);
}

/// The mark at `text`'s begin that somebody means a comment by; empty: none.
std::string_view comment_mark(std::string_view text, Syntax syntax) {
    if (syntax != Syntax::wg && text.starts_with('#'))
        return text.substr(0, 1);
    if (syntax == Syntax::keyfile && text.starts_with(';'))
        return {};
    const auto* const found = std::ranges::find_if(
        foreign_comments, [&](std::string_view mark) { return text.starts_with(mark); });
    return found == foreign_comments.end() ? std::string_view{} : *found;
}

/// What follows the ';' is one more of a list.
bool goes_on(std::string_view rest) {
    const auto words = split(rest, blanks_and_commas);
    return !words.empty() && (AllowedIp::parse(words.front()) || HostPort::parse(words.front()));
}

std::string slip_of_comment(std::string_view value, Syntax syntax) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto mark = comment_mark(value.substr(i), syntax);
        const bool is_strong = mark == ";" || mark == "#";
        const bool stands_apart = i > 0 ? blanks.contains(value[i - 1]) : mark.starts_with('/');
        if (mark.empty() || (!stands_apart && !is_strong))
            continue;
        const auto rest = trimmed(value.substr(i + mark.size()));
        if (mark == ";" && rest.empty())
            return "there is a semicolon too many at its end; delete it";
        if (mark == ";" && goes_on(rest))
            return "a \";\" stands where a comma belongs; write \",\"";
        return comment_rule(syntax, mark);
    }
    return {};
}

std::string slip_of_quotes(std::string_view value) {
    const auto found = all_of(value, [](const Found& each) { return is_quote(each.code_point); });
    if (found.empty())
        return {};
    std::size_t length = 0;
    all_of(value, [&](const Found& each) { return (length = each.column) == 0; });
    const bool around =
        found.size() > 1 && found.front().column == 1 && found.back().column == length;
    return around ? "quotes stand around it; write it without them"
                  : "a quote stands in it; write it without quotes";
}

std::string slip_of_placeholder(std::string_view value) {
    const auto plain = trimmed(value);
    if (is_placeholder(plain))
        return "a placeholder stands where it belongs; write the real one";
    return {};
}

bool is_prefix(std::string_view word) { return AllowedIp::parse(word).has_value(); }

/// "10.0.0.0/244": one of a list, whatever is wrong with it.
bool is_like_prefix(std::string_view text) {
    constexpr std::size_t most_digits = 3;
    const auto length = text.substr(std::min(text.rfind('/'), text.size()));
    return !length.empty() && length.size() <= most_digits + 1 &&
           length.find_first_not_of("/0123456789") == length.npos;
}

/// What is too many in a list, its reader finds.
std::string slip_of_commas(std::string_view value, Syntax syntax) {
    if (syntax == Syntax::keyfile) {
        return value.contains(',') ? "a \",\" stands where a \";\" belongs; write \";\" between two"
                                   : std::string{};
    }
    const auto comma = value.find(',');
    const bool ends_it = comma != value.npos && (comma == 0 || comma + 1 == value.size());
    if (ends_it && !is_like_prefix(value.substr(0, comma)))
        return "there is a comma too many; delete it";
    const auto words = split(value, blanks_and_commas);
    if (syntax == Syntax::wg && words.size() > 1 && std::ranges::all_of(words, is_prefix) &&
        comma == value.npos) {
        return "a comma is missing between two of them; write \",\"";
    }
    return {};
}

std::string slip_of_script(std::string_view value, std::size_t column) {
    constexpr std::uint32_t ascii = 0x80;
    const auto found = all_of(value, [](const Found& each) { return each.code_point >= ascii; });
    return found.empty() ? std::string{}
                         : about(found, "a character that is not ASCII",
                                 "characters that are not ASCII stand in it", column) +
                               "; write its like on the keyboard";
}

/// A header in brackets of another kind, with something behind it, or with half of its brackets.
std::string slip_of_header(std::string_view line, Syntax syntax) {
    constexpr std::array<std::string_view, 5> names{"Interface", "Peer", "WireGuardPeer",
                                                    "WireGuard", "NetDev"};
    const auto close = line.find(']');
    if (line.starts_with('[') && close != line.npos) {
        const auto rest = line.substr(close + 1);
        const auto comment = slip_of_comment(rest, syntax);
        return comment.empty() || trimmed(rest).empty() ? std::string{} : comment;
    }
    // A line that is a secret, whole, is none of these: nothing is copied of it.
    constexpr std::size_t longest_header = 24;
    if (line.size() > longest_header || line.contains('='))
        return {};
    std::string letters;
    std::ranges::copy_if(line, std::back_inserter(letters), is_letter);
    const auto* const name = std::ranges::find_if(
        names, [&](std::string_view each) { return equal_caseless(each, letters); });
    return name == names.end()
               ? std::string{}
               : fmt::format("a header stands in square brackets; write [{}]", *name);
}

/// "PrivateKey: …", and "PrivateKey＝…" of an editor for Chinese.
std::string slip_of_equals(std::string_view line) {
    struct Sign {
        std::string_view text;
        std::string_view name;
    };
    constexpr std::array<Sign, 4> signs{{{":", "\":\""},
                                         {"\xef\xbc\x9d", "a full-width equals sign (U+FF1D)"},
                                         {"\xef\xbc\x9a", "a full-width colon (U+FF1A)"},
                                         {"\xef\xb9\xa6", "a small equals sign (U+FE66)"}}};
    for (const auto& [text, name] : signs) {
        const auto at = line.find(text);
        const auto key = trimmed(line.substr(0, at));
        if (at != line.npos && at < line.find('=') && !key.empty() &&
            std::ranges::all_of(key, is_letter)) {
            return fmt::format("{} stands where \"=\" belongs; write KEY = VALUE", name);
        }
    }
    return {};
}

std::string first_of(std::initializer_list<std::string> slips) {
    const auto* const found =
        std::ranges::find_if(slips, [](const auto& each) { return !each.empty(); });
    return found == slips.end() ? std::string{} : *found;
}

} // namespace

std::string slip_in(std::string_view value, Syntax syntax, std::size_t column) {
    const auto plain = trimmed(value);
    return first_of({slip_of_unseen(value, column), slip_of_comment(plain, syntax),
                     slip_of_quotes(plain), slip_of_placeholder(plain),
                     slip_of_commas(plain, syntax), slip_of_script(value, column)});
}

std::string slip_in_line(std::string_view line, Syntax syntax) {
    const auto plain = trimmed(line);
    const auto mark = comment_mark(plain, Syntax::wg);
    // A full-width bracket or sign is what the line is about, and not only no ASCII.
    return first_of({slip_of_unseen(line, 1), slip_of_header(plain, syntax),
                     mark.empty() ? std::string{} : comment_rule(Syntax::wg, mark),
                     slip_of_equals(plain)});
}

std::size_t column_of(std::string_view part, std::string_view line) noexcept {
    if (part.empty())
        return 0;
    const auto before = line.substr(0, static_cast<std::size_t>(part.data() - line.data()));
    return characters_in(before) + 1;
}

} // namespace wgnl
