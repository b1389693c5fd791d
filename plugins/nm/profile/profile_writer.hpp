// SPDX-License-Identifier: LGPL-2.1-or-later
// wg-quick's configuration as a native `wireguard` profile of NetworkManager, and what it is
// called.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <NetworkManager.h>

#include <wgnl/wg_quick.hpp>

#include "nm/profile/glib.hpp"

namespace wgnl::nm {

using Names = std::set<std::string, std::less<>>;

/// What people call the profile of that file: its whole name in UTF-8, without folder and ".conf";
/// "WireGuard" if nothing is left.
std::string profile_name_of(std::string_view file);

/// An interface name that the kernel, NetworkManager and wg-quick take and `taken` does not have:
/// `name` itself if it is one ("wg0"), else a readable part of it and a short hash of all of it
/// ("my-office-1x8d"), so that two long names with one beginning differ. The same for the same
/// arguments, always.
std::string interface_name_of(std::string_view name, const Names& taken = {});

struct WriteOptions {
    std::string id{};             ///< what people see, see profile_name_of(); never empty
    std::string interface_name{}; ///< empty: made of `id`, see interface_name_of()
    Names taken_names{};          ///< of interfaces; only a name made of `id` avoids them
    bool autoconnect{false};
};

struct WrittenProfile {
    ObjectPtr<NMConnection> profile{}; ///< verified and normalised; holds the secrets, flags 0
    /// What the profile does not hold and what is doubtful, by lines of the file; no errors.
    std::vector<Problem> not_expressible{};
};

/// Where a profile keeps the lines it was imported without, as text for people (`user.data`).
inline constexpr const char* left_out_key = "org.wgnl.left-out";

/// All of the configuration as wg-quick means it, with a new UUID. invalid_argument if there is a
/// mistake in it, or nothing: a profile never is a part of a file. The detail names the mistakes
/// with file and line, one a line.
Result<WrittenProfile> profile_of(const ParsedWgQuick& parsed, const WriteOptions& options);

} // namespace wgnl::nm
