// SPDX-License-Identifier: LGPL-2.1-or-later
// Secrets in and out of file descriptors, with no copy left behind.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

namespace wgnl::nm {

/// Far more than any profile has, and less than what would hurt the machine.
inline constexpr std::size_t largest_input = std::size_t{1} << 30;

/// All of a descriptor, to its end. `operation` is what an error says was tried; invalid_argument
/// for more than `largest` bytes.
Result<SecretText> read_all(int fd, const std::string& operation,
                            std::size_t largest = largest_input);

Result<void> write_all(int fd, std::string_view bytes, const std::string& operation);

} // namespace wgnl::nm
