// SPDX-License-Identifier: LGPL-2.1-or-later
// What Client is made of: one back end for each implementation of WireGuard, and the link layer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/client.hpp>

#include "links/layer.hpp"
#include "userspace/backend.hpp"
#include "values/device_backend.hpp"

namespace wgnl {

struct ClientParts {
    std::unique_ptr<DeviceBackend> kernel{}; ///< `unsupported` without the module
    std::unique_ptr<DeviceBackend> userspace{};
    std::unique_ptr<LinkLayer> links{};
    std::string userspace_directory{userspace_directory_below("")};
    BatchLimits limits{};
    std::optional<Namespace> home{}; ///< where everything above is, if it is not here
};

/// The WireGuard link of that name: see Links::get().
Result<Link> wireguard_link(ClientParts& parts, std::string_view name);

} // namespace wgnl
