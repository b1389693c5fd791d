// SPDX-License-Identifier: LGPL-2.1-or-later
// Comparing versions segment by segment: each is a run of digits or of letters, and the sign before
// it says how it ranks.
#include "networkd/match/version.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "networkd/files/text.hpp"

namespace wgnl::networkd {
namespace {

bool is_version_character(char c) {
    return is_digit(c) || is_letter(c) || c == '~' || c == '-' || c == '^' || c == '.';
}

int order_of(auto left, auto right) { return left < right ? -1 : static_cast<int>(left > right); }

void skip_foreign(std::string_view& text) {
    while (!text.empty() && !is_version_character(text.front()))
        text.remove_prefix(1);
}

std::string_view take_run(std::string_view& text, bool (*belongs)(char)) {
    auto end = std::ranges::find_if_not(text, belongs) - text.begin();
    auto run = text.substr(0, static_cast<std::size_t>(end));
    text.remove_prefix(run.size());
    return run;
}

/// The one that goes on with `sign` is the older; if both do, the sign is passed over.
int take_sign(std::string_view& left, std::string_view& right, char sign) {
    const bool on_left = left.starts_with(sign);
    const bool on_right = right.starts_with(sign);
    if (on_left && on_right) {
        left.remove_prefix(1);
        right.remove_prefix(1);
    }
    return order_of(on_right, on_left);
}

int compare_numbers(std::string_view left, std::string_view right) {
    if (left.empty() || right.empty())
        return order_of(!left.empty(), !right.empty());
    left.remove_prefix(std::min(left.find_first_not_of('0'), left.size()));
    right.remove_prefix(std::min(right.find_first_not_of('0'), right.size()));
    const int order = order_of(left.size(), right.size());
    return order != 0 ? order : order_of(left.compare(right), 0);
}

int compare_segments(std::string_view& left, std::string_view& right) {
    if (is_digit(left.empty() ? ' ' : left.front()) ||
        is_digit(right.empty() ? ' ' : right.front()))
        return compare_numbers(take_run(left, is_digit), take_run(right, is_digit));
    return order_of(take_run(left, is_letter).compare(take_run(right, is_letter)), 0);
}

struct Comparison {
    std::string_view sign;
    bool (*holds)(const std::string& actual, const std::string& wanted);
};
bool same(const std::string& a, const std::string& b) { return a == b; }
bool other(const std::string& a, const std::string& b) { return a != b; }
// A sign that begins another one stands behind it. "=" and "!=" compare letter by letter.
constexpr std::array<Comparison, 10> comparisons{
    {{"$=", [](const auto& a, const auto& b) { return matches_glob(b, a); }},
     {"!$=", [](const auto& a, const auto& b) { return !matches_glob(b, a); }},
     {"<>", [](const auto& a, const auto& b) { return compare_versions(a, b) != 0; }},
     {"<=", [](const auto& a, const auto& b) { return compare_versions(a, b) <= 0; }},
     {">=", [](const auto& a, const auto& b) { return compare_versions(a, b) >= 0; }},
     {"<", [](const auto& a, const auto& b) { return compare_versions(a, b) < 0; }},
     {">", [](const auto& a, const auto& b) { return compare_versions(a, b) > 0; }},
     {"==", [](const auto& a, const auto& b) { return compare_versions(a, b) == 0; }},
     {"=", same},
     {"!=", other}}};
constexpr std::string_view sign_characters = "!<=>$";

const Comparison* comparison_of(std::string_view word) {
    const auto* found = std::ranges::find_if(
        comparisons, [&](const Comparison& c) { return word.starts_with(c.sign); });
    return found == comparisons.end() ? nullptr : found;
}

/// "6.*" or ">= 6.1"; absent if nothing follows the sign.
std::optional<bool> word_fits(std::string_view word, const std::string& actual) {
    const auto* comparison = comparison_of(word);
    if (comparison == nullptr)
        return matches_glob(std::string(word), actual);
    auto wanted = trimmed(word.substr(comparison->sign.size()), whitespace);
    if (wanted.empty())
        return std::nullopt;
    return comparison->holds(actual, std::string(wanted));
}

/// ">= 6.1" without quotes is one comparison, but only as the first one.
void glue_first(std::vector<std::string>& words) {
    if (words.size() < 2)
        return;
    const auto* comparison = comparison_of(words[0]);
    if (comparison == nullptr || words[0] != comparison->sign)
        return;
    words[0] += words[1];
    words.erase(words.begin() + 1);
}

} // namespace

int compare_versions(std::string_view left, std::string_view right) {
    for (;;) {
        skip_foreign(left);
        skip_foreign(right);
        if (const int order = take_sign(left, right, '~'); order != 0)
            return order;
        if (left.empty() || right.empty())
            return order_of(!left.empty(), !right.empty());
        for (const char sign : {'-', '^', '.'})
            if (const int order = take_sign(left, right, sign); order != 0)
                return order;
        if (const int order = compare_segments(left, right); order != 0)
            return order;
    }
}

std::optional<bool> version_fits(std::string_view condition, const std::string& actual) {
    auto words = quoted_words(condition);
    if (!words)
        return std::nullopt;
    glue_first(*words);
    for (const auto& word : *words) {
        auto fits = word_fits(trimmed(word, whitespace), actual);
        if (!fits || !*fits)
            return fits;
    }
    return true;
}

Expression split_expression(std::string_view text) {
    auto sign = std::min(text.find_first_of(sign_characters), text.size());
    return {trimmed(text.substr(0, sign), whitespace), text.substr(sign)};
}

} // namespace wgnl::networkd
