// SPDX-License-Identifier: LGPL-2.1-or-later
// What [Match] conditions and credentials ask about the machine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "networkd/files/files.hpp"

namespace wgnl::networkd {

/// A property of systemd's manager ("Version", "Virtualization"); absent if nobody answers.
using SystemdQuery = std::function<std::optional<std::string>(const char* property)>;

struct Host {
    std::string name{};
    std::string machine_id{}; ///< 32 hexadecimal digits
    std::string boot_id{};    ///< as machine_id; empty if /proc does not show it
    std::string kernel_release{};
    std::optional<std::string> kernel_command_line{}; ///< absent if /proc does not show it
    std::string architecture{};                       ///< as systemd calls it: "x86-64", "arm64"
    std::vector<std::string> tags{};                  ///< of /etc/machine-info
    /// Folders that systemd passed credentials in: plain first.
    std::vector<std::string> credential_folders{};
    /// Folders of credentials that only the service can decrypt; for who looks at the stores.
    std::vector<std::string> sealed_folders{};
    /// Where /sys and /proc of the machine lie, usually at ""; absent if the machine is another
    /// one.
    std::optional<std::string> kernel_files{};
    SystemdQuery ask_systemd{};

    /// This machine, with the files of /etc under `root`. Below another root than "/" neither its
    /// systemd nor its firmware are this machine's, and are not asked.
    static Host current(const Root& root, SystemdQuery ask_systemd = {});

    /// Looks where the service gets its credentials from, instead of at what this process was
    /// given: for who is none of systemd's services.
    void look_into_stores(const Root& root);

    /// Path of the credential, if there is one of that name.
    std::optional<std::string> credential(std::string_view wanted) const;
    /// Why one of that name, which the service is given, cannot be read here; absent if there is
    /// none, or it can.
    std::optional<std::string> sealed_credential(std::string_view wanted) const;

    /// As systemd-detect-virt(1) says it, "" for none; absent if nobody answers.
    std::optional<std::string> virtualization() const;

    /// The number that systemd compares: 257. Absent if nobody answers.
    std::optional<unsigned> systemd_version() const;
};

/// systemd's name for a machine of uname(2); empty if this table does not know it.
std::string_view architecture_name(std::string_view machine);

/// A file of /proc or /sys, which claim a size of 0; absent, with errno, if it cannot be read.
std::optional<std::string> read_kernel_file(const std::string& path);

/// [Match] Firmware=: decides "uefi", "device-tree", "device-tree-compatible(NAME)" and
/// "smbios-field(FIELD >= VALUE)" by /sys and /proc below `kernel_files`. Absent if malformed, or
/// if a field cannot be read.
std::optional<bool> firmware_is(std::string_view wanted, const std::string& kernel_files);

} // namespace wgnl::networkd
