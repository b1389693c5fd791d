// SPDX-License-Identifier: LGPL-2.1-or-later
// From wgnl-networkd's parser to the command's reading.
#include "netdev_reader.hpp"

#include "networkd/netdev/check.hpp"
#include "networkd/systemd/manager.hpp"

namespace wgnl::cli {

Result<Reading> read_netdev_file(const std::filesystem::path& path) {
    auto loaded = networkd::load_netdev(path.string(), {}, networkd::ask_systemd);
    if (!loaded)
        return std::unexpected{loaded.error()};
    return Reading{std::move(loaded->declaration), std::move(loaded->problems)};
}

} // namespace wgnl::cli
