// SPDX-License-Identifier: LGPL-2.1-or-later
// The .netdev format for the command: part of the program, which may know an adapter's parser.
#pragma once

#include "reader.hpp"

namespace wgnl::cli {

/// Reads one .netdev file with its drop-ins, through the parser of wgnl-networkd.
Result<Reading> read_netdev_file(const std::filesystem::path& path);

} // namespace wgnl::cli
