// SPDX-License-Identifier: LGPL-2.1-or-later
// The settings by which AmneziaWG hides that it is WireGuard.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <wgnl/amnezia.hpp>

#include "base/text.hpp"

namespace wgnl {

bool AmneziaSettings::knows(std::string_view key) noexcept {
    // H1 to H4 may be ranges since AmneziaWG 2; J1 to J3 and Itime were of 1.5.
    constexpr std::array<std::string_view, 21> keys{
        "jc", "jmin", "jmax", "s1", "s2", "s3",    "s4",
        "h1", "h2",   "h3",   "h4", "i1", "i2",    "i3",
        "i4", "i5",   "j1",   "j2", "j3", "itime", "advancedsecurity"};
    return std::ranges::any_of(keys,
                               [&](std::string_view each) { return equal_caseless(each, key); });
}

void AmneziaSettings::take(std::string_view key, Location location) {
    if (count_++ == 0) {
        first_ = std::string(key);
        location_ = std::move(location);
    }
}

Problem AmneziaSettings::problem() const {
    const auto settings = count_ == 1
                              ? fmt::format("{}= is a setting", first_)
                              : fmt::format("{}= and {} more are settings", first_, count_ - 1);
    return {
        Severity::error,
        location_,
        fmt::format("{} of AmneziaWG, which the kernel, systemd-networkd and NetworkManager do not "
                    "speak: with a server that uses {} no handshake will complete; use "
                    "AmneziaWG's own programs (awg-quick), or ask whoever runs the server for a "
                    "configuration of WireGuard",
                    settings, count_ == 1 ? "it" : "them"),
        {},
        first_};
}

} // namespace wgnl
