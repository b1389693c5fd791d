// SPDX-License-Identifier: LGPL-2.1-or-later
// A configuration file in wiped memory.
#pragma once

#include <cstddef>
#include <string>

#include <wgnl/error.hpp>
#include <wgnl/secret_text.hpp>

namespace wgnl::nm {

/// As much as NetworkManager's own importer reads.
inline constexpr std::size_t largest_configuration = std::size_t{10} << 20;

/// The text of a regular file; never waits, as a named pipe would make it. invalid_argument for
/// anything but a regular file of at most `largest` bytes.
Result<SecretText> read_configuration(const std::string& path,
                                      std::size_t largest = largest_configuration);

} // namespace wgnl::nm
