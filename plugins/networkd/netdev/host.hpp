// SPDX-License-Identifier: LGPL-2.1-or-later
// What [Match] conditions and credentials ask about the machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "networkd/netdev/files.hpp"

namespace wgnl::networkd {

struct Host {
    std::string name{};
    std::string machine_id{}; ///< 32 hexadecimal digits
    std::string kernel_release{};
    std::optional<std::string> kernel_command_line{}; ///< absent if /proc does not show it
    std::string architecture{};                       ///< as systemd calls it: "x86-64", "arm64"
    /// Folders that systemd passed credentials in: plain first.
    std::vector<std::string> credential_folders{};

    /// This machine, with the files of /etc under `root`.
    static Host current(const Root& root);

    /// Path of the credential, if there is one of that name.
    std::optional<std::string> credential(std::string_view wanted) const;
};

/// systemd's name for a machine of uname(2); empty if this table does not know it.
std::string_view architecture_name(std::string_view machine);

} // namespace wgnl::networkd
