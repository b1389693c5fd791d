// SPDX-License-Identifier: LGPL-2.1-or-later
// A profile as other formats can say it, and by name what they cannot.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <NetworkManager.h>

#include <wgnl/declaration.hpp>
#include <wgnl/wg_quick.hpp>

#include "nm/profile/profile_reader.hpp"

namespace wgnl::nm {

struct Portable {
    std::string id{};
    std::string uuid{};
    bool names_device{false}; ///< interface_name_of() makes the device's name of `id`
    /// With addresses and MTU, and in mode own unless the profile says observe: for a device that
    /// NetworkManager does not make. Absent: `problems` says why.
    std::optional<Declaration> declaration{};
    std::vector<Problem> problems{}; ///< all, also those of the declaration
    /// DNS= and Table= as wg-quick has them.
    std::vector<WgQuickLine> wg_quick{};
    /// A note for each thing that only a profile says.
    std::vector<Problem> not_expressible{};
};

/// Written as wg-quick's configuration and imported again, it is the same profile but for
/// `not_expressible`, which, and not `problems`, tells of keys that NetworkManager does not use.
Portable portable_of(NMConnection* profile, const SettingLocator& locate, ReadOptions options = {});

/// A note for each setting that is not as in a profile which was imported from a file: autoconnect,
/// zone, permissions, routes, …, and for each preshared key that NetworkManager does not use. Key,
/// port, mark, peers, addresses, MTU, name servers and the table of the peers' routes are said
/// elsewhere.
std::vector<Problem> not_expressible_in(NMConnection* profile, const SettingLocator& locate);

/// The locator of a profile that has no file: "My VPN (UUID): wireguard.listen-port".
SettingLocator locator_of(NMConnection* profile);

} // namespace wgnl::nm
