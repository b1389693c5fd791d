// SPDX-License-Identifier: LGPL-2.1-or-later
// Telling a template's words from what a person wrote.
#include "placeholder.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <wgnl/address.hpp>

#include "base/text.hpp"

namespace wgnl {

namespace {

/// "YOUR_KEY_HERE" → your key here; "YourPrivateKey" → your private key.
std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> words;
    char before = ' ';
    for (const char c : text) {
        if (is_letter(c) && (!is_letter(before) || (is_small(before) && !is_small(c))))
            words.emplace_back();
        if (is_letter(c))
            words.back() += lower(c);
        before = c;
    }
    return words;
}

constexpr std::array<std::string_view, 23> words_of_templates{
    "your",    "key",    "privatekey", "publickey", "presharedkey", "yourkey",
    "replace", "change", "changeme",   "replaceme", "insert",       "paste",
    "todo",    "fixme",  "redacted",   "hidden",    "removed",      "secret",
    "example", "none",   "generated",  "keyhere",   "placeholder"};

bool is_of_templates(const std::string& word) {
    return std::ranges::find(words_of_templates, word) != words_of_templates.end();
}

/// Nothing but one character, whatever it is: xxx, ..., ***, ____, and "…".
bool is_one_repeated(std::string_view value) {
    value = value.substr(0, value.find_last_not_of('=') + 1);
    if (value == "…")
        return true;
    const bool is_zero = value.starts_with('A'); // in base64
    return value.size() > 2 && value.find_first_not_of(value.front()) == value.npos && !is_zero &&
           !is_digit(value.front());
}

/// `<key>`, `{{ key }}`, `${KEY}`, `[key]`, `%KEY%`, `(hidden)`: what a template has in place of
/// it.
bool is_bracketed(std::string_view value) {
    struct Pair {
        std::string_view open;
        std::string_view close;
    };
    constexpr std::array<Pair, 3> anywhere{{{"<", ">"}, {"{{", "}}"}, {"${", "}"}}};
    constexpr std::array<Pair, 4> around{{{"[", "]"}, {"%", "%"}, {"(", ")"}, {"$", ""}}};
    return std::ranges::any_of(anywhere,
                               [&](const Pair& pair) {
                                   const auto open = value.find(pair.open);
                                   return open != value.npos &&
                                          value.find(pair.close, open + 1) != value.npos;
                               }) ||
           std::ranges::any_of(around, [&](const Pair& pair) {
               return value.size() > 2 && value.starts_with(pair.open) &&
                      value.ends_with(pair.close) &&
                      !IpAddress::parse(value.substr(1, value.size() - 2));
           });
}

/// Whether a host may be called so: in small letters, or with a domain.
bool is_like_host(std::string_view value) {
    const bool has_domain = value.contains('.');
    return std::ranges::all_of(value, [=](char c) {
        return is_small(c) || (has_domain && is_letter(c)) || is_digit(c) || c == '.' || c == '-';
    });
}

/// In words that nothing parts, as in yourprivatekey: how many of them are of templates.
std::ptrdiff_t hidden_words(const std::string& word) {
    return std::ranges::count_if(words_of_templates,
                                 [&](std::string_view each) { return word.contains(each); });
}

/// Of words, one of which is of templates. What may be a host takes two of them, and the letters of
/// a key have digits among them, and nothing that parts words.
bool is_worded(std::string_view value) {
    constexpr std::size_t longest = 64;
    const auto port = value.rfind(':');
    if (port != value.npos && std::ranges::all_of(value.substr(port + 1), is_digit))
        value = value.substr(0, port);
    const bool is_parted = value.find_first_of("_- ") != value.npos;
    const auto is_of_words = [&](char c) {
        return is_letter(c) || (is_parted && is_digit(c)) ||
               std::string_view("_- .!?=").contains(c);
    };
    if (value.size() > longest || !std::ranges::all_of(value, is_of_words))
        return false;
    const auto words = words_in(value);
    const auto known = std::ranges::count_if(words, is_of_templates);
    if (words.size() == 1)
        return known == 1 || hidden_words(words.front()) > 1;
    return known > (is_like_host(value) ? 1 : 0);
}

} // namespace

bool is_placeholder(std::string_view value) {
    return is_bracketed(value) || is_one_repeated(value) || is_worded(value);
}

} // namespace wgnl
