// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that hold keys: read and written without a copy left behind.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
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

/// A regular file, and nothing else: see sd::open_regular_file().
Result<SecretFile> read_secret_file(const std::filesystem::path& path);

/// All that is left of a file descriptor, to its end.
Result<void> read_secrets(SecretText& text, int fd, const std::string& operation);
Result<void> write_secrets(int fd, std::string_view text, const std::string& operation);

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
