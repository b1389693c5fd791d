// SPDX-License-Identifier: LGPL-2.1-or-later
// Who owns a device: decided by what the administrator wrote and enabled, never by what runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/files/files.hpp"
#include "networkd/files/search_path.hpp"

namespace wgnl::networkd {

/// systemd-networkd as unit files and enablement links say.
enum class NetworkdState : std::uint8_t {
    enabled,
    disabled,
    masked,
    absent,
    unknown, ///< a look failed, and nothing that was seen says "enabled" or "masked"
};

/// Looks at unit files and links under `root`; adds what it looked at to `inputs`, and what could
/// not be looked at to `problems`.
NetworkdState networkd_state(const Root& root, Inputs& inputs, std::vector<Problem>& problems);

/// What /etc/wgnl/networkd.conf says.
struct AdapterSettings {
    /// Adopt=yes: own what networkd's folders declare where it is not enabled. Absent: the file is
    /// there and cannot be read.
    std::optional<bool> adopt{false};
    std::vector<Problem> problems{};
};
AdapterSettings read_settings(const Root& root, Inputs& inputs);

/// Everything that the decision stands on.
struct OwnershipFacts {
    FolderOwner folder_owner{FolderOwner::networkd};
    bool asks_for_own{false}; ///< [Match] Credential=wgnl.own
    NetworkdState networkd{NetworkdState::enabled};
    std::optional<bool> adopt{false}; ///< absent: not known
    std::optional<Mode> requested{};  ///< [X-Wgnl] Mode=
};

struct Ownership {
    Mode mode{Mode::sync};
    std::string complaint{}; ///< about the requested mode, empty if it is met
    bool undecided{false};   ///< what decides is not known: nothing of the device may be touched
};

/// Pure.
Ownership decide_ownership(const OwnershipFacts& facts);

} // namespace wgnl::networkd
