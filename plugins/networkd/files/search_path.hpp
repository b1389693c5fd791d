// SPDX-License-Identifier: LGPL-2.1-or-later
// Where configuration files lie, which of two with one name counts, and which drop-ins belong.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wgnl/declaration.hpp>

#include "networkd/files/files.hpp"

namespace wgnl::networkd {

/// Whose folders a file lies in.
enum class FolderOwner : std::uint8_t {
    networkd, ///< networkd reads it, too
    wgnl,     ///< /etc/wgnl/network: only wgnl reads it
};

/// networkd's folders, the first wins.
inline constexpr std::array<std::string_view, 4> networkd_folders{
    "/etc/systemd/network", "/run/systemd/network", "/usr/local/lib/systemd/network",
    "/usr/lib/systemd/network"};
inline constexpr std::array<std::string_view, 1> wgnl_folders{"/etc/wgnl/network"};

/// Those folders, under the root, the first wins.
std::vector<std::string> folders_of(const Root& root, FolderOwner owner);

/// The names of all entries; none if there is no such folder. An errno if it could not be listed to
/// its end. Adds the folder to `inputs`.
std::expected<std::vector<std::string>, int> list_names(const std::string& folder, Inputs& inputs);

/// Whose the folder of a file is, by its path: anything below /etc/wgnl/network is wgnl's.
FolderOwner folder_owner_of(const Root& root, std::string_view path);

/// One configuration file by name, as the precedence of its folders leaves it.
struct UnitFile {
    std::string path{};                  ///< the one that counts
    FileState state{FileState::present}; ///< of that one; masked and empty hide the others
    FolderOwner owner{FolderOwner::networkd};
    std::vector<std::string> dropins{}; ///< in the order in which they are read
};

struct Listing {
    std::vector<UnitFile> files{};   ///< in the order in which networkd reads them
    std::vector<Problem> problems{}; ///< folders that could not be listed
};

/// Files of these folders (already under the root) whose names end in `suffix` (".netdev"), with
/// their drop-ins. Adds every folder that was looked into to `inputs`.
Listing list_units(std::span<const std::string> folders, FolderOwner owner, std::string_view suffix,
                   Inputs& inputs);

/// The *.conf files of `NAME.d` for NAME in each of `folders` (already under the root), masked ones
/// left out, in the order of their names.
std::vector<std::string> list_dropins(std::span<const std::string> folders, std::string_view name,
                                      Inputs& inputs, std::vector<Problem>& problems);

} // namespace wgnl::networkd
