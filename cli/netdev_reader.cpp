// SPDX-License-Identifier: LGPL-2.1-or-later
// From wgnl-networkd's parser to the command's reading, and back to its files.
#include "netdev_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "networkd/netdev/check.hpp"
#include "networkd/netdev/netdev_writer.hpp"
#include "networkd/netdev/scan.hpp"
#include "networkd/network/taken_marks.hpp"
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
    if (loaded->wg_quick) {
        reading.as_wg_quick = std::move(loaded->wg_quick->declaration);
        reading.wg_quick = std::move(loaded->wg_quick->lines);
        reading.not_declared = std::move(loaded->not_declared);
    }
    reading.remarks = std::move(loaded->remarks);
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

namespace {

/// What a pair of files of networkd's has no line for. Name servers it has.
std::vector<Problem> not_written(const Content& content) {
    auto lines = content.wg_quick;
    std::erase_if(lines, [](const WgQuickLine& line) { return line.key == "DNS"; });
    return not_carried_out(lines);
}

/// Who reads it, and what else stands there.
networkd::WriteOptions options_of(const Content& content, std::vector<std::string> folders) {
    for (const auto owner : {networkd::FolderOwner::networkd, networkd::FolderOwner::wgnl})
        for (auto& folder : networkd::folders_of({}, owner))
            if (std::ranges::find(folders, folder) == folders.end())
                folders.push_back(std::move(folder));
    networkd::Host host;
    host.ask_systemd = networkd::ask_systemd;
    return {content.wg_quick, host.systemd_version(),
            networkd::marks_in(folders, content.declaration.device)};
}

/// In wgnl's own folder nobody reads all of a .network file.
void note_owner(const std::string& folder, WrittenFiles& written, std::string_view network) {
    const auto ours = networkd::folders_of({}, networkd::FolderOwner::wgnl);
    const bool is_more = network.contains("DNS=") || network.contains("[RoutingPolicyRule]");
    if (is_more && std::ranges::find(ours, folder) != ours.end())
        written.not_expressible.push_back(
            {Severity::warning,
             {},
             "wgnl, which owns the devices of this folder, sets neither the name servers nor the "
             "rules of the .network file; in /etc/systemd/network systemd-networkd does"});
}

} // namespace

std::vector<NamedList> named_lists() {
    const auto found =
        networkd::scan({}, {.ask_systemd = networkd::ask_systemd, .from_stores = true});
    std::vector<NamedList> lists;
    for (const auto& declaration : found.declarations) {
        const auto of_device = found.lists.find(declaration.device);
        if (of_device == found.lists.end())
            continue;
        for (const auto& list : of_device->second) {
            lists.push_back({declaration.device, list.path, list.name, list.serial, list.not_after,
                             list.signer, list.is_of_file, list.peers, list.kept_out});
            // Of the list as a whole, and of its lines.
            std::ranges::copy_if(declaration.problems, std::back_inserter(lists.back().problems),
                                 [&](const Problem& problem) {
                                     return problem.location.file == list.path ||
                                            problem.location.file == list.name;
                                 });
        }
    }
    return lists;
}

Result<WrittenFiles> write_netdev_files(const Content& content, const std::filesystem::path& path) {
    const auto folder = std::filesystem::absolute(path).lexically_normal().parent_path().string();
    const auto theirs = networkd::folders_of({}, networkd::FolderOwner::networkd);
    const bool is_theirs = std::ranges::find(theirs, folder) != theirs.end();
    auto text = networkd::to_netdev(content.declaration,
                                    is_theirs ? networkd::FolderOwner::networkd
                                              : networkd::FolderOwner::wgnl,
                                    options_of(content, {folder}));
    WrittenFiles written;
    written.not_expressible = not_written(content);
    written.not_expressible.insert(written.not_expressible.end(), text.not_expressible.begin(),
                                   text.not_expressible.end());
    note_owner(folder, written, text.network);
    written.files.push_back({path, std::move(text.netdev), {.group = "systemd-network"}});
    if (!text.network.empty())
        written.files.push_back({std::filesystem::path(path).replace_extension(".network"),
                                 SecretText{text.network},
                                 {.everybody = true}});
    return written;
}

} // namespace wgnl::cli
