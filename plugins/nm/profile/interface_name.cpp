// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface names: 15 bytes have to tell one tunnel from another, for people and machines.
#include "nm/profile/profile_writer.hpp"

#include <algorithm>
#include <cstdint>

#include <NetworkManager.h>

#include <wgnl/declaration.hpp>
#include <wgnl/wg_quick.hpp>

#include "nm/profile/glib.hpp"

namespace wgnl::nm {
namespace {

constexpr std::size_t hash_length = 4;

/// Names of folders and files beside those of interfaces in /proc/sys/net and /sys/class/net.
constexpr std::string_view kept_names[] = {"all", "default", "bonding_masters", "lo"};

bool is_usable(const std::string& name) {
    const auto device = device_of_wg_quick(name + ".conf");
    return device && *device == name &&
           std::ranges::find(kept_names, name) == std::end(kept_names) &&
           nm_utils_is_valid_iface_name(name.c_str(), nullptr) != FALSE;
}

/// Lower case letters, digits, and one dash for all that lies between: "my-office-vpn-zurich-2026".
std::string plain_words_of(std::string_view name) {
    const TextPtr ascii(g_str_to_ascii(printable(name).c_str(), "C"));
    std::string words;
    for (const char c : view(ascii.get()))
        if (g_ascii_isalnum(c))
            words += g_ascii_tolower(c);
        else if (!words.empty() && words.back() != '-')
            words += '-';
    return words;
}

/// FNV-1a: short, and the same on every machine.
std::string hash_of(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text)
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    std::string letters;
    for (std::size_t i = 0; i < hash_length; ++i, hash /= digits.size())
        letters += digits[hash % digits.size()];
    return letters;
}

/// `begin` cut so that "-" and `end` have room after it.
std::string joined(std::string begin, const std::string& end) {
    begin.resize(std::min(begin.size(), max_device_name - 1 - end.size()));
    while (begin.ends_with('-'))
        begin.pop_back();
    return (begin.empty() ? "wg" : begin) + "-" + end;
}

} // namespace

std::string profile_name_of(std::string_view file) {
    auto name = file.substr(file.rfind('/') + 1); // npos + 1 is 0
    constexpr std::string_view extension = ".conf";
    const auto begin = name.size() - std::min(name.size(), extension.size());
    if (g_ascii_strcasecmp(std::string(name.substr(begin)).c_str(),
                           std::string(extension).c_str()) == 0) {
        name.remove_suffix(extension.size());
    }
    return name.empty() ? "WireGuard" : printable(name);
}

std::string interface_name_of(std::string_view name, const Names& taken) {
    const std::string whole(name);
    const bool usable = is_usable(whole);
    auto candidate = usable ? whole : joined(plain_words_of(name), hash_of(name));
    for (std::uint32_t n = 2; taken.contains(candidate); ++n) {
        const auto number = std::to_string(n);
        candidate = usable ? joined(whole, number)
                           : joined(plain_words_of(name),
                                    hash_of(std::string(whole).append("/").append(number)));
    }
    return candidate;
}

} // namespace wgnl::nm
