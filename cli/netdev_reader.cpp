// SPDX-License-Identifier: LGPL-2.1-or-later
// From wgnl-networkd's parser to the command's reading, and back to its files.
#include "netdev_reader.hpp"

#include <algorithm>
#include <utility>

#include "networkd/netdev/check.hpp"
#include "networkd/netdev/netdev_writer.hpp"
#include "networkd/systemd/manager.hpp"

namespace wgnl::cli {

namespace {

Result<FileReading> read_netdev(const std::filesystem::path& path, bool as_adapter) {
    auto loaded = networkd::load_netdev(
        path.string(), {.ask_systemd = networkd::ask_systemd, .as_adapter = as_adapter});
    if (!loaded)
        return std::unexpected{loaded.error()};
    FileReading reading{std::move(loaded->declaration), std::move(loaded->problems)};
    if (loaded->network)
        reading.owners_part = {std::move(loaded->network->addresses), loaded->network->mtu};
    reading.not_expressible = std::move(loaded->not_expressible);
    reading.without_keys = std::move(loaded->sealed);
    reading.compares_ports = loaded->of_folder;
    return reading;
}

} // namespace

Result<FileReading> read_netdev_file(const std::filesystem::path& path) {
    return read_netdev(path, false);
}

Result<FileReading> judge_netdev_file(const std::filesystem::path& path) {
    return read_netdev(path, true);
}

Result<WrittenFiles> write_netdev_files(const Content& content, const std::filesystem::path& path) {
    const auto folder = std::filesystem::absolute(path).lexically_normal().parent_path().string();
    const auto theirs = networkd::folders_of({}, networkd::FolderOwner::networkd);
    const bool is_theirs = std::ranges::find(theirs, folder) != theirs.end();
    auto text = networkd::to_netdev(content.declaration, is_theirs ? networkd::FolderOwner::networkd
                                                                   : networkd::FolderOwner::wgnl);
    WrittenFiles written;
    written.not_expressible = not_carried_out(content.wg_quick);
    written.not_expressible.insert(written.not_expressible.end(), text.not_expressible.begin(),
                                   text.not_expressible.end());
    written.files.push_back({path, std::move(text.netdev), {.group = "systemd-network"}});
    if (!text.network.empty())
        written.files.push_back({std::filesystem::path(path).replace_extension(".network"),
                                 SecretText{text.network},
                                 {.everybody = true}});
    return written;
}

} // namespace wgnl::cli
