// SPDX-License-Identifier: LGPL-2.1-or-later
// What goes wrong with a WireGuard profile that NetworkManager takes without complaint.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <NetworkManager.h>

#include <wgnl/declaration.hpp>

#include "nm/profile/profile_reader.hpp"

namespace wgnl::nm {

/// Another profile of the machine.
struct OtherProfile {
    std::string id{};
    std::string uuid{};
    std::uint16_t listen_port{};
};

/// The machine that the profile is for. All empty: nothing is known of it.
struct LintHost {
    /// NetworkManager has the profile, so that nmcli can change it.
    bool has_profile{false};
    /// Major and minor version of NetworkManager, 1052 for 1.52.
    std::optional<unsigned> version{};
    bool strict_rp_filter{false};
    bool src_valid_mark{false};
    std::map<std::string, std::uint32_t> route_mtu{}; ///< by endpoint as written, bytes
    std::vector<OtherProfile> other_profiles{};
};

/// Pure. What is a mistake of the text itself is told by whoever read it, not here.
/// - warning: the tunnel will not work, or not as it is written
/// - note: it works until somebody uses an editor, or in ways that may surprise
std::vector<Problem> lint(NMConnection* profile, const SettingLocator& locate,
                          const LintHost& host = {});

} // namespace wgnl::nm
