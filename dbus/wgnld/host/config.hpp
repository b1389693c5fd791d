// SPDX-License-Identifier: LGPL-2.1-or-later
// /etc/wgnl/wgnld.conf: the limits that root sets, whatever an adapter says.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/error.hpp>

namespace wgnl::daemon {

/// How much of devices that nobody declared is shown.
enum class ObserveForeign : std::uint8_t {
    no,      ///< nothing: such devices are not on the bus
    summary, ///< name, counts and states for everybody; the rest for root and group wgnl
    full,    ///< as if they were declared
};

struct Config {
    std::vector<std::string> device_names{"wg*"}; ///< patterns of names that may be created
    bool allow_default_route{false};              ///< see ReconcileOptions::allow_wide_routes
    DeclarationLimits limits{.bytes = std::size_t{256} << 20};
    ObserveForeign observe_foreign{ObserveForeign::summary};
};

/// "Key=value" lines, "#" and ";" comments; an unknown key or value is invalid_argument with its
/// line, and the file is refused as a whole.
Result<Config> parse_config(std::string_view text);
/// The defaults if there is no such file.
Result<Config> load_config(const std::filesystem::path& path);

} // namespace wgnl::daemon
