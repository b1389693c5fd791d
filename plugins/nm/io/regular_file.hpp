// SPDX-License-Identifier: LGPL-2.1-or-later
// A regular file in wiped memory.
#pragma once

#include <cstddef>
#include <string>

#include <sys/types.h>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

#include "nm/io/secret_io.hpp"

namespace wgnl::nm {

struct RegularFile {
    SecretText text{};
    mode_t mode{}; ///< its permissions, beside what it is
};

/// Never waits, as a named pipe would make it. invalid_argument for anything but a regular file of
/// at most `largest` bytes. `operation` is what an error says was tried.
Result<RegularFile> read_regular_file(const std::string& path, const std::string& operation,
                                      std::size_t largest = largest_input);

} // namespace wgnl::nm
