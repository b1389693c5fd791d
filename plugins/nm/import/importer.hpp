// SPDX-License-Identifier: LGPL-2.1-or-later
// A file of wg-quick's, whatever its name, as a profile.
#pragma once

#include <cstddef>
#include <string>

#include <wgnl/error.hpp>

#include "nm/profile/profile_writer.hpp"

namespace wgnl::nm {

/// As much as NetworkManager's own importer reads.
inline constexpr std::size_t largest_configuration = std::size_t{10} << 20;

/// Reads the file and writes the profile: named after the file, not connected by itself, with an
/// interface name that no interface has now. The error's detail says what is wrong with the file,
/// by its lines, but not where the file lies.
Result<WrittenProfile> import_file(const std::string& path);

} // namespace wgnl::nm
