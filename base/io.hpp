// SPDX-License-Identifier: LGPL-2.1-or-later
// Everything in and out of descriptors and files. What is read may hold keys: no copy stays behind.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

#include "fd.hpp"

namespace wgnl {

/// Far more than any configuration has, and less than what would hurt the machine.
inline constexpr std::size_t largest_text = std::size_t{1} << 30;

/// All that is left of a descriptor, to its end. `operation` is what an error says was tried;
/// invalid_argument for more than `largest` bytes, without waiting for the end.
Result<SecretText> read_all(int fd, const std::string& operation,
                            std::size_t largest = largest_text);

/// All of `bytes`, in as many pieces as the other end takes them.
Result<void> write_all(int fd, std::string_view bytes, const std::string& operation);

struct RegularFile {
    UniqueFd fd{};
    struct stat status{};

    /// Any permission for users beyond owner and group.
    bool readable_by_all() const noexcept { return (status.st_mode & S_IRWXO) != 0; }
};

/// Opens a regular file of at most `largest` bytes to be read. Never waits, and has no effect on
/// what is none: a FIFO, a socket, a device, a folder are invalid_argument, as is a larger file.
/// What the kernel refuses has its errno: ENOENT if nothing is there.
Result<RegularFile> open_regular_file(const std::string& path, std::size_t largest,
                                      const std::string& operation);

/// All of such a file.
Result<SecretText> read_regular_file(const std::string& path, std::size_t largest,
                                     const std::string& operation);

} // namespace wgnl
