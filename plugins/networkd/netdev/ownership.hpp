// SPDX-License-Identifier: LGPL-2.1-or-later
// Who owns a device: decided by what the administrator wrote and enabled, never by what runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <wgnl/declaration.hpp>

#include "networkd/netdev/files.hpp"
#include "networkd/netdev/search_path.hpp"

namespace wgnl::networkd {

/// systemd-networkd as unit files and enablement links say.
enum class NetworkdState : std::uint8_t { enabled, disabled, masked, absent };

/// Looks at unit files and links under `root`; adds what it looked at to `inputs`.
NetworkdState networkd_state(const Root& root, Inputs& inputs);

/// What /etc/wgnl/networkd.conf says.
struct AdapterSettings {
    bool adopt{false}; ///< Adopt=yes: own what networkd's folders declare where it is not enabled
    std::vector<Problem> problems{};
};
AdapterSettings read_settings(const Root& root, Inputs& inputs);

/// Everything that the decision stands on.
struct OwnershipFacts {
    Place place{Place::networkd};
    bool asks_for_own{false}; ///< [Match] Credential=wgnl.own
    NetworkdState networkd{NetworkdState::enabled};
    bool adopt{false};
    std::optional<Mode> requested{}; ///< [X-Wgnl] Mode=
};

struct Ownership {
    Mode mode{Mode::sync};
    std::string complaint{}; ///< about the requested mode, empty if it is met
};

/// Pure.
Ownership decide_ownership(const OwnershipFacts& facts);

} // namespace wgnl::networkd
