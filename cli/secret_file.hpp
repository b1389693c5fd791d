// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that hold keys: read and written without a copy left behind.
#pragma once

#include <filesystem>

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

Result<SecretFile> read_secret_file(const std::filesystem::path& path);

/// Creates the file with mode 0600. One that exists is left alone: system/EEXIST.
Result<void> write_secret_file(const std::filesystem::path& path, std::string_view text);

} // namespace wgnl::cli
