// SPDX-License-Identifier: LGPL-2.1-or-later
// What a profile says and no other format does.
#pragma once

#include <vector>

#include <NetworkManager.h>

#include <wgnl/declaration.hpp>

#include "nm/profile/setting_locator.hpp"

namespace wgnl::nm {

/// A note for each setting that is not as in a profile which was imported from a file: autoconnect,
/// zone, permissions, routes, …, and for each preshared key that NetworkManager does not use. Key,
/// port, mark, peers, addresses, MTU, name servers and the table of the peers' routes are said
/// elsewhere.
std::vector<Problem> not_expressible_in(NMConnection* profile, const SettingLocator& locate);

} // namespace wgnl::nm
