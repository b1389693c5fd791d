// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that hold keys: read and written without a copy left behind.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

namespace wgnl::cli {

struct SecretFile {
    SecretText text{};
    /// Users beyond owner and group may reach it: as wg-quick sees it, by file and folder.
    bool readable_by_all{false};
};

/// A larger file is refused: invalid_argument.
inline constexpr std::size_t largest_secret_file = std::size_t{1} << 30;

/// A regular file, and nothing else: see open_regular_file().
Result<SecretFile> read_secret_file(const std::filesystem::path& path);

/// Who may open a new file besides its owner.
struct Audience {
    bool everybody{false};
    std::string group{}; ///< if root creates it and there is such a group
};

struct NewFile {
    std::filesystem::path path{};
    SecretText text{};
    Audience audience{};
};

/// Creates all of them or none. Nobody but the owner can open one before it is complete. One that
/// exists is left alone: system/EEXIST.
Result<void> create_files(const std::vector<NewFile>& files);

} // namespace wgnl::cli
