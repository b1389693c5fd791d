// SPDX-License-Identifier: LGPL-2.1-or-later
// The .netdev format for the command: part of the program, which may know an adapter's parser.
#pragma once

#include "formats/list_file.hpp"
#include "formats/reader.hpp"
#include "formats/writer.hpp"

namespace wgnl::cli {

/// Reads one .netdev file with its drop-ins and its .network file, through the parser of
/// wgnl-networkd.
Result<FileReading> read_netdev_file(const std::filesystem::path& path);

/// The same, and what keeps systemd-networkd and wgnl-networkd, which are not root, from reading
/// it.
Result<FileReading> judge_netdev_file(const std::filesystem::path& path);

/// The signed lists of peers that the files of networkd's and wgnl's folders name, and what is
/// wrong with them.
std::vector<NamedList> named_lists();

/// A .netdev file, for root and group systemd-network, and the .network file beside it with the
/// addresses, if there are any.
Result<WrittenFiles> write_netdev_files(const Content& content, const std::filesystem::path& path);

} // namespace wgnl::cli
