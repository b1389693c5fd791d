// SPDX-License-Identifier: LGPL-2.1-or-later
// DNS= of wg-quick: what is no address is a domain, unless it can only be a mistyped address.
#include "common/name_servers.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <wgnl/text.hpp>

namespace wgnl::adapter {
namespace {

constexpr std::string_view ends_of_words = ", \t\n\v\f\r";
constexpr std::size_t longest_domain = 253;

bool is_domain_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80 || std::string_view("-_.").contains(c);
}

/// "example.org", "~example.org", "~": as NetworkManager has them.
bool is_domain(std::string_view word) {
    const auto name = word.substr(word.starts_with('~') ? 1 : 0);
    constexpr std::string_view of_addresses = "0123456789.";
    const bool is_plain = word.size() <= longest_domain &&
                          std::ranges::all_of(name, is_domain_byte) && printable(word) == word;
    return is_plain &&
           (name.empty() || name.find_first_not_of(of_addresses) != std::string_view::npos);
}

void take_word(std::string_view word, const Location& location, NameServers& found) {
    if (const auto address = IpAddress::parse(word)) {
        found.servers.push_back({*address, location});
    } else if (is_domain(word)) {
        found.domains.emplace_back(word);
    } else {
        found.problems.push_back(
            {Severity::error,
             location,
             printable(fmt::format("DNS={} is neither an address nor a domain; write such as "
                                   "10.0.0.1, fd00::1 or example.org",
                                   excerpt(word))),
             {},
             "DNS"});
    }
}

} // namespace

NameServers name_servers_of(const std::vector<WgQuickLine>& lines) {
    NameServers found;
    for (const auto& line : lines) {
        auto rest = line.key == "DNS" ? line.value.view() : std::string_view();
        while (!rest.empty()) {
            const auto end = std::min(rest.find_first_of(ends_of_words), rest.size());
            if (end > 0)
                take_word(rest.substr(0, end), line.location, found);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return found;
}

} // namespace wgnl::adapter
