// SPDX-License-Identifier: LGPL-2.1-or-later
// The running systemd, asked over the system bus.
#pragma once

#include <optional>
#include <string>

namespace wgnl::networkd {

/// A property of type string of org.freedesktop.systemd1.Manager, which every user may read. Absent
/// if there is no bus, or no answer within two seconds.
std::optional<std::string> ask_systemd(const char* property);

} // namespace wgnl::networkd
