// SPDX-License-Identifier: LGPL-2.1-or-later
// Cutting lines, and telling the names of peers from other comments.
#include "configuration_text.hpp"

#include <algorithm>
#include <utility>

#include <wgnl/declaration.hpp>

#include "text.hpp"

namespace wgnl {

namespace {

constexpr std::string_view hidden = "(hidden)";
/// A run of base64 this long may be a key or most of one.
constexpr std::size_t shortest_key = 32;
constexpr std::size_t longest_prose = 64; ///< of a comment that is a name without saying so

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_base64(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/' || c == '='; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Lower case, without blanks, '_' and '-'.
std::string plain_key(std::string_view key) {
    std::string plain;
    for (const char c : key) {
        if (c != '_' && c != '-' && !configuration_blanks.contains(c)) {
            plain += lower(c);
        }
    }
    return plain;
}

/// A comment without the rest of its leading '#'s and blanks.
std::string_view body_of(std::string_view comment) {
    comment.remove_prefix(std::min(comment.find_first_not_of('#'), comment.size()));
    return without_outer_blanks(comment);
}

/// One short line of words: no disabled setting or section, no ruler, nothing like a key.
bool is_prose(std::string_view body) {
    const auto is_word = [](char c) {
        return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
    };
    return body.size() <= longest_prose && !body.starts_with('[') && !body.contains('=') &&
           std::ranges::any_of(body, is_word) && !may_hold_key(body);
}

} // namespace

std::string_view without_outer_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(configuration_blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(configuration_blanks) - first + 1);
}

ConfigurationText ConfigurationText::cut(std::string_view line) {
    const auto hash = line.find('#');
    if (hash == std::string_view::npos) {
        return {line, std::nullopt};
    }
    return {line.substr(0, hash), line.substr(hash + 1)};
}

void remove_blanks(std::string_view text, SecretText& out) {
    out.clear();
    out.reserve(text.size());
    while (!text.empty()) {
        const auto run = std::min(text.find_first_of(configuration_blanks), text.size());
        out.append(text.substr(0, run));
        text.remove_prefix(std::min(run + 1, text.size()));
    }
}

bool may_hold_key(std::string_view text) {
    std::size_t run = 0;
    for (const char c : text) {
        run = is_base64(c) ? run + 1 : 0;
        if (run >= shortest_key) {
            return true;
        }
    }
    return false;
}

std::string shown_value(std::string_view value) {
    return may_hold_key(value) ? std::string(hidden) : excerpt(value);
}

std::string shown_key(std::string_view key) {
    constexpr std::size_t longest = 24;
    const auto letters =
        static_cast<std::size_t>(std::ranges::find_if_not(key, is_letter) - key.begin());
    const auto rest = key.substr(letters);
    const bool is_word = letters > 0 && key.size() <= longest && rest.size() <= 2 &&
                         std::ranges::all_of(rest, is_digit);
    return is_word ? std::string(key) + '=' : "this line";
}

std::optional<std::string> tagged_name(std::string_view comment) {
    const auto body = body_of(comment);
    const auto end = body.find_first_of("=:");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto key = plain_key(body.substr(0, end));
    const auto value = without_outer_blanks(body.substr(end + 1));
    if ((key != "friendlyname" && key != "name") || value.empty() || may_hold_key(value)) {
        return std::nullopt;
    }
    return printable(value);
}

void PeerNames::Names::see(std::string_view comment) {
    if (auto name = tagged_name(comment)) {
        tag = tag.empty() ? std::move(*name) : std::move(tag);
    } else if (const auto body = body_of(comment); is_prose(body)) {
        prose = printable(body);
    } else {
        prose.clear();
    }
}

void PeerNames::comment(std::string_view text) {
    block_.see(text);
    if (after_header_) {
        below_ = block_.prose;
    }
    after_header_ = false;
}

void PeerNames::open_peer(std::optional<std::string_view> comment) {
    peer_ = std::exchange(block_, {});
    below_.clear();
    in_peer_ = true;
    after_header_ = true;
    if (comment) {
        Names own;
        own.see(*comment);
        peer_.tag = own.tag.empty() ? std::move(peer_.tag) : std::move(own.tag);
        peer_.prose = own.prose.empty() ? std::move(peer_.prose) : std::move(own.prose);
    }
}

/// Comments that no header follows belong to the section in which they stand.
void PeerNames::settle_block() {
    if (in_peer_ && !block_.tag.empty()) {
        peer_.tag = std::move(block_.tag);
    }
    block_ = {};
}

void PeerNames::other_line(std::optional<std::string_view> comment) {
    settle_block();
    after_header_ = false;
    if (comment && in_peer_) {
        if (auto name = tagged_name(*comment)) {
            peer_.tag = std::move(*name);
        }
    }
}

void PeerNames::open_other() {
    settle_block();
    in_peer_ = false;
    after_header_ = false;
}

std::string PeerNames::take() {
    if (!peer_.tag.empty()) {
        return std::exchange(peer_, {}).tag;
    }
    auto prose = peer_.prose.empty() ? std::move(below_) : std::move(peer_.prose);
    peer_ = {};
    below_.clear();
    return prose;
}

} // namespace wgnl
