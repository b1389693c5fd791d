// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens files that others may have made into something else.
#pragma once

#include <cstddef>
#include <string>

#include <sys/stat.h>

#include <wgnl/error.hpp>

#include "handle.hpp"

namespace wgnl::sd {

struct RegularFile {
    Fd fd{};
    struct stat status{};
};

/// Opens a regular file of at most `largest` bytes to be read. Never waits, and has no effect on
/// what is none: a FIFO, a socket, a device, a folder are invalid_argument, as is a larger file.
/// What the kernel refuses has its errno: ENOENT if nothing is there.
Result<RegularFile> open_regular_file(const std::string& path, std::size_t largest,
                                      const std::string& operation);

/// All of such a file.
Result<std::string> read_regular_file(const std::string& path, std::size_t largest);

} // namespace wgnl::sd
