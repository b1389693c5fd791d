// SPDX-License-Identifier: LGPL-2.1-or-later
// What the member tables introspect to, for the comparison with the written interfaces.
#pragma once

#include <string>
#include <string_view>

#include <wgnl/error.hpp>

namespace wgnl::daemon {

/// The introspection XML of an object of this kind: "manager", "device" or "peer".
Result<std::string> introspect(std::string_view kind);

} // namespace wgnl::daemon
