// SPDX-License-Identifier: LGPL-2.1-or-later
// Deciding [Match] conditions; what cannot be decided here is said to be unknown, never guessed.
#include "networkd/netdev/conditions.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "networkd/netdev/text.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 9> condition_keys{
    "Host",       "Virtualization", "KernelCommandLine", "KernelVersion", "Version",
    "Credential", "Architecture",   "Firmware",          "MachineTag"};

Verdict verdict_of(bool holds) { return holds ? Verdict::applies : Verdict::differs; }

Verdict inverted(Verdict verdict) {
    if (verdict == Verdict::unknown)
        return verdict;
    return verdict_of(verdict == Verdict::differs);
}

bool is_machine_id(std::string_view text) {
    constexpr std::size_t length = 32;
    return text.size() == length &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool host_matches(const std::string& value, const Host& host) {
    if (is_machine_id(value))
        return matches_glob_caseless(value, host.machine_id);
    return matches_glob_caseless(value, host.name);
}

Verdict architecture_verdict(std::string_view value, const Host& host) {
    if (value == "native")
        return Verdict::applies;
    return host.architecture.empty() ? Verdict::unknown : verdict_of(value == host.architecture);
}

struct Comparison {
    std::string_view sign;
    bool (*holds)(int);
};
// A sign that begins another one stands behind it.
constexpr std::array<Comparison, 8> comparisons{{{"<=", [](int k) { return k <= 0; }},
                                                 {">=", [](int k) { return k >= 0; }},
                                                 {"!=", [](int k) { return k != 0; }},
                                                 {"<>", [](int k) { return k != 0; }},
                                                 {"==", [](int k) { return k == 0; }},
                                                 {"<", [](int k) { return k < 0; }},
                                                 {">", [](int k) { return k > 0; }},
                                                 {"=", [](int k) { return k == 0; }}}};

bool version_word_matches(const std::string& word, const std::string& release) {
    for (const auto& comparison : comparisons)
        if (word.starts_with(comparison.sign)) {
            std::string wanted(trimmed(std::string_view(word).substr(comparison.sign.size())));
            return comparison.holds(::strverscmp(release.c_str(), wanted.c_str()));
        }
    return matches_glob(word, release);
}

/// ">= 6.1" is one condition: glues a lone sign to the word behind it.
std::vector<std::string> glued(const std::vector<std::string>& words) {
    std::vector<std::string> result;
    bool open = false;
    for (const auto& word : words) {
        if (open)
            result.back() += word;
        else
            result.push_back(word);
        open = std::ranges::find(comparisons, std::string_view(result.back()), &Comparison::sign) !=
               comparisons.end();
    }
    return result;
}

} // namespace

bool kernel_version_matches(std::string_view condition, const std::string& release) {
    auto words = quoted_words(condition);
    return words && std::ranges::all_of(glued(*words), [&](const std::string& word) {
               return version_word_matches(word, release);
           });
}

bool command_line_has(std::string_view word, std::string_view command_line) {
    auto words = quoted_words(command_line);
    bool whole = word.contains('=');
    return words && std::ranges::any_of(*words, [&](std::string_view have) {
               if (whole || !have.starts_with(word))
                   return have == word;
               return have.size() == word.size() || have[word.size()] == '=';
           });
}

bool Conditions::assign(std::string_view key, std::string_view value) {
    if (std::ranges::find(condition_keys, key) == condition_keys.end())
        return false;
    if (value.empty())
        values_.erase(std::string(key));
    else
        values_.insert_or_assign(std::string(key), std::string(value));
    return true;
}

bool Conditions::asks_for_own() const {
    auto found = values_.find("Credential");
    return found != values_.end() && found->second == own_credential;
}

Verdict Conditions::test(std::string_view key, const std::string& value, const Host& host) const {
    if (key == "Host")
        return verdict_of(host_matches(value, host));
    if (key == "KernelCommandLine" && host.kernel_command_line)
        return verdict_of(command_line_has(value, *host.kernel_command_line));
    if (key == "KernelVersion")
        return verdict_of(kernel_version_matches(value, host.kernel_release));
    if (key == "Architecture")
        return architecture_verdict(value, host);
    if (key == "Credential")
        return verdict_of(value == own_credential || host.credential(value).has_value());
    return Verdict::unknown;
}

Verdict Conditions::verdict(const Host& host) const {
    auto result = Verdict::applies;
    for (const auto& [key, value] : values_) {
        bool negated = value.starts_with('!');
        auto verdict = test(key, negated ? value.substr(1) : value, host);
        // "!wgnl.own" asks what networkd sees, and networkd has no such credential.
        if (negated)
            verdict = value.substr(1) == own_credential ? Verdict::applies : inverted(verdict);
        if (verdict == Verdict::differs)
            return verdict;
        if (verdict == Verdict::unknown)
            result = verdict;
    }
    return result;
}

std::string Conditions::doubt(const Host& host) const {
    for (const auto& [key, value] : values_)
        if (test(key, value.starts_with('!') ? value.substr(1) : value, host) == Verdict::unknown)
            return key + "=" + shown(value);
    return {};
}

} // namespace wgnl::networkd
