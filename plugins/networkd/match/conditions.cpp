// SPDX-License-Identifier: LGPL-2.1-or-later
// Deciding [Match] conditions as networkd does; what cannot be known is said to be unknown.
#include "networkd/match/conditions.hpp"

#include <gnu/libc-version.h>

#include <algorithm>
#include <array>
#include <optional>

#include "networkd/files/text.hpp"
#include "networkd/match/version.hpp"

namespace wgnl::networkd {
namespace {

/// What a test says. networkd takes a file with a malformed condition for one of another machine,
/// whether the condition is negated or not.
enum class ConditionResult : std::uint8_t { no, yes, malformed, unknown };

ConditionResult result_of(std::optional<bool> holds) {
    if (!holds)
        return ConditionResult::malformed;
    return *holds ? ConditionResult::yes : ConditionResult::no;
}

MatchResult match_result_of(ConditionResult result, bool negated) {
    if (result == ConditionResult::unknown)
        return MatchResult::unknown;
    return result == (negated ? ConditionResult::no : ConditionResult::yes) ? MatchResult::applies
                                                                            : MatchResult::differs;
}

/// 32 hexadecimal digits, with or without the dashes of a UUID; else empty.
std::string as_id(std::string_view text) {
    constexpr std::size_t digits = 32;
    constexpr std::size_t with_dashes = 36;
    std::string id(text);
    if (text.size() == with_dashes)
        std::erase(id, '-');
    const bool is_id =
        id.size() == digits && id.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    return is_id ? id : std::string{};
}

bool host_matches(const std::string& value, const Host& host) {
    auto id = as_id(value);
    const bool is_ours = !id.empty() && (matches_glob_caseless(id, host.machine_id) ||
                                         matches_glob_caseless(id, host.boot_id));
    return is_ours || matches_glob_caseless(value, host.name);
}

ConditionResult architecture_result(const std::string& value, const Host& host) {
    if (value == "native")
        return ConditionResult::yes;
    return host.architecture.empty() ? ConditionResult::unknown
                                     : result_of(value == host.architecture);
}

bool is_container(std::string_view virtualization) {
    constexpr std::array<std::string_view, 11> containers{
        "systemd-nspawn", "lxc-libvirt", "lxc", "openvz", "docker",
        "podman",         "rkt",         "wsl", "proot",  "pouch",
        "container-other"};
    return std::ranges::find(containers, virtualization) != containers.end();
}

/// A user namespace other than the first maps no whole range of ids onto itself.
ConditionResult user_namespace_result(const Host& host) {
    if (!host.kernel_files)
        return ConditionResult::unknown;
    // Our unit has a user namespace of its own, and hands over what the machine's is.
    const auto given = host.credential("machine.uid_map");
    auto map = read_kernel_file(given.value_or(*host.kernel_files + "/proc/self/uid_map"));
    if (!map)
        return ConditionResult::unknown;
    return result_of(split(*map, " \n") != std::vector<std::string_view>{"0", "0", "4294967295"});
}

ConditionResult virtualization_result(const std::string& value, const Host& host) {
    if (value == "private-users")
        return user_namespace_result(host);
    auto found = host.virtualization();
    if (!found)
        return ConditionResult::unknown;
    if (auto wanted = parse_boolean(value))
        return result_of(*wanted == !found->empty());
    if (value == "vm")
        return result_of(!found->empty() && !is_container(*found));
    if (value == "container")
        return result_of(is_container(*found));
    return result_of(!found->empty() && value == *found);
}

/// "systemd >= 258", "glibc ...", "kernel ..."; without a name it is the kernel's.
ConditionResult version_result(const std::string& value, const Host& host) {
    auto name = std::string_view(value).substr(0, value.find_first_of("!<=>$ \t"));
    auto rest = std::string_view(value).substr(name.size());
    if (name == "glibc")
        return result_of(version_fits(rest, ::gnu_get_libc_version()));
    if (name != "systemd")
        return result_of(
            version_fits(name == "kernel" ? rest : std::string_view(value), host.kernel_release));
    auto version = host.systemd_version();
    return version ? result_of(version_fits(rest, std::to_string(*version)))
                   : ConditionResult::unknown;
}

ConditionResult firmware_result(const std::string& value, const Host& host) {
    return host.kernel_files ? result_of(firmware_is(value, *host.kernel_files))
                             : ConditionResult::unknown;
}

ConditionResult command_line_result(const std::string& value, const Host& host) {
    if (!host.kernel_command_line)
        return ConditionResult::unknown;
    return result_of(command_line_has(value, *host.kernel_command_line));
}

bool has_tag(const std::string& pattern, const Host& host) {
    return std::ranges::any_of(host.tags,
                               [&](const std::string& tag) { return matches_glob(pattern, tag); });
}

/// What tells whether a condition holds.
struct Row : Condition {
    ConditionResult (*test)(const std::string& value, const Host& host);
};

constexpr std::array table{Row{{"Host", 0},
                               [](const std::string& value, const Host& host) {
                                   return result_of(host_matches(value, host));
                               }},
                           Row{{"Virtualization", 0}, &virtualization_result},
                           Row{{"KernelCommandLine", 0}, &command_line_result},
                           Row{{"KernelVersion", 0}, &version_result},
                           Row{{"Version", 258}, &version_result},
                           Row{{"Credential", 0},
                               [](const std::string& value, const Host& host) {
                                   return result_of(value == own_credential ||
                                                    host.credential(value).has_value());
                               }},
                           Row{{"Architecture", 0}, &architecture_result},
                           Row{{"Firmware", 0}, &firmware_result},
                           Row{{"MachineTag", 262}, [](const std::string& value, const Host& host) {
                                   return result_of(has_tag(value, host));
                               }}};

const Row* row_of(std::string_view key) {
    const auto* found = std::ranges::find(table, key, &Row::key);
    return found == table.end() ? nullptr : found;
}

MatchResult test(std::string_view key, const std::string& value, const Host& host) {
    const bool negated = value.starts_with('!');
    auto wanted = negated ? value.substr(1) : value;
    // "!wgnl.own" asks what networkd sees, and networkd has no such credential.
    if (key == "Credential" && wanted == own_credential)
        return MatchResult::applies;
    return match_result_of(row_of(key)->test(wanted, host), negated);
}

bool is_unheard(std::string_view key, const Host& host) {
    const auto since = row_of(key)->since;
    const auto version = since == 0 ? std::nullopt : host.systemd_version();
    return version && *version < since;
}

} // namespace

std::vector<Condition> known_conditions() { return {table.begin(), table.end()}; }

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
    if (row_of(key) == nullptr)
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

MatchResult Conditions::match(const Host& host) const {
    auto result = MatchResult::applies;
    for (const auto& [key, value] : values_) {
        auto one = is_unheard(key, host) ? MatchResult::applies : test(key, value, host);
        if (one == MatchResult::differs)
            return one;
        if (one == MatchResult::unknown)
            result = one;
    }
    return result;
}

std::string Conditions::doubt(const Host& host) const {
    for (const auto& [key, value] : values_)
        if (test(key, value, host) == MatchResult::unknown)
            return key + "=" + excerpt(value);
    return {};
}

std::vector<std::string> Conditions::unheard(const Host& host) const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : values_)
        if (is_unheard(key, host))
            keys.push_back(key);
    return keys;
}

} // namespace wgnl::networkd
