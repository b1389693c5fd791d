// SPDX-License-Identifier: LGPL-2.1-or-later
// Errors as the bus spells them.
#pragma once

#include <string>

#include <systemd/sd-bus.h>

#include <wgnl/error.hpp>

namespace wgnl::daemon {

inline constexpr const char* no_such_device = "org.wgnl.WireGuard1.Error.NoSuchDevice";
inline constexpr const char* no_such_peer = "org.wgnl.WireGuard1.Error.NoSuchPeer";
inline constexpr const char* ambiguous = "org.wgnl.WireGuard1.Error.Ambiguous";
inline constexpr const char* invalid_declaration = "org.wgnl.WireGuard1.Error.InvalidDeclaration";
inline constexpr const char* owned_by_another = "org.wgnl.WireGuard1.Error.OwnedByAnother";
inline constexpr const char* too_many_peers = "org.wgnl.WireGuard1.Error.TooManyPeers";
inline constexpr const char* not_ready = "org.wgnl.WireGuard1.Error.NotReady";
inline constexpr const char* kernel_error = "org.wgnl.WireGuard1.Error.Kernel";

/// The name that stands for an Errc.
const char* bus_error_of(Errc code);

/// Sets the error; returns what a callback of sd-bus has to return then.
int refuse(sd_bus_error* error, const char* name, const std::string& text);

} // namespace wgnl::daemon
