// SPDX-License-Identifier: LGPL-2.1-or-later
// [Match] conditions of a .netdev or .network file on the machine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "networkd/match/host.hpp"

namespace wgnl::networkd {

enum class MatchResult : std::uint8_t {
    applies,
    differs, ///< the file is not for this machine
    unknown, ///< a condition that cannot be decided here
};

/// The credential whose condition keeps networkd off a file, while wgnl takes it.
inline constexpr std::string_view own_credential = "wgnl.own";

/// A key of [Match].
struct Condition {
    std::string_view key{};
    unsigned since{}; ///< of systemd; 0: every supported one knows it
};
std::vector<Condition> known_conditions();

/// Collects the conditions of a file and its drop-ins: of each key the last assignment counts, an
/// empty one takes it back.
class Conditions {
public:
    /// False if `key` is no condition on the machine.
    bool assign(std::string_view key, std::string_view value);

    MatchResult match(const Host& host) const;
    /// The first condition that made it unknown, "Virtualization=vm"; empty if none.
    std::string doubt(const Host& host) const;
    /// Keys that this machine's systemd is too old to know: it ignores them, and so does match().
    std::vector<std::string> unheard(const Host& host) const;
    /// `Credential=wgnl.own` stands in the file.
    bool asks_for_own() const;

private:
    std::map<std::string, std::string, std::less<>> values_{};
};

/// KernelCommandLine=: a word "key" or "key=value" of the command line.
bool command_line_has(std::string_view word, std::string_view command_line);

} // namespace wgnl::networkd
