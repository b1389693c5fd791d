// SPDX-License-Identifier: LGPL-2.1-or-later
// The objects of org.wgnl.WireGuard1 as views.
#pragma once

#include <vector>

#include "bus_value.hpp"
#include "view.hpp"

namespace wgnl::cli {

/// The properties of org.wgnl.WireGuard1.Device as a view without peers.
DeviceView device_of(const Properties& properties);
/// The properties of org.wgnl.WireGuard1.Peer as a view.
PeerView peer_of(const Properties& properties);
/// The property Problems, of whichever object.
std::vector<Problem> problems_of(const Properties& properties);
/// Takes over the properties that are given; the others stay.
void update(DeviceView& device, const Properties& properties);
void update(PeerView& peer, const Properties& properties);

/// Devices sorted by name, each with its peers. Properties that are missing (they are not for this
/// caller, or the daemon is older) stay empty; unknown ones are passed over.
std::vector<DeviceView> devices_of(const ManagedObjects& objects);

} // namespace wgnl::cli
