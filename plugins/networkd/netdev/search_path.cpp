// SPDX-License-Identifier: LGPL-2.1-or-later
// Listing of folders with systemd's precedence: the first folder that has a name hides the others.
#include "networkd/netdev/search_path.hpp"

#include <dirent.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace wgnl::networkd {
namespace {

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
using FolderHandle = std::unique_ptr<DIR, CloseFolder>;

using PathByName = std::map<std::string, std::string, std::less<>>;

bool is_listed(std::string_view name, std::string_view suffix) {
    return name.ends_with(suffix) && name.size() > suffix.size() && !name.starts_with('.');
}

bool is_there(const std::string& path) {
    auto state = probe_file(path);
    return state != FileState::absent && state != FileState::empty;
}

void take_entries(DIR* handle, const std::string& folder, std::string_view suffix,
                  PathByName& found, Inputs& inputs) {
    while (const auto* entry = ::readdir(handle)) {
        if (!is_listed(entry->d_name, suffix))
            continue;
        auto path = folder + "/" + entry->d_name;
        if (is_there(path))
            inputs.present.insert(path);
        found.try_emplace(entry->d_name, std::move(path));
    }
}

/// Adds what `folder` has and no earlier folder had.
void list_folder(const std::string& folder, std::string_view suffix, PathByName& found,
                 Inputs& inputs, std::vector<Problem>& problems) {
    inputs.folders.insert(folder);
    const FolderHandle handle(::opendir(folder.c_str()));
    if (handle)
        return take_entries(handle.get(), folder, suffix, found, inputs);
    if (errno != ENOENT && errno != ENOTDIR)
        problems.push_back({Severity::error, folder,
                            fmt::format("the folder cannot be listed ({}); what it declared is "
                                        "left as it is",
                                        std::strerror(errno))});
}

} // namespace

std::vector<std::string> folders_of(const Root& root, Place place) {
    std::span<const std::string_view> names = networkd_folders;
    if (place == Place::wgnl)
        names = wgnl_folders;
    std::vector<std::string> folders;
    for (auto name : names)
        folders.push_back(root / name);
    return folders;
}

std::vector<std::string> list_dropins(std::span<const std::string> folders, std::string_view name,
                                      Inputs& inputs, std::vector<Problem>& problems) {
    PathByName found;
    for (const auto& folder : folders)
        list_folder(fmt::format("{}/{}.d", folder, name), ".conf", found, inputs, problems);
    std::vector<std::string> paths;
    for (const auto& [file, path] : found) {
        inputs.files.insert(path);
        auto state = probe_file(path);
        if (state != FileState::masked && state != FileState::empty)
            paths.push_back(path);
    }
    return paths;
}

Listing list_units(std::span<const std::string> folders, Place place, std::string_view suffix,
                   Inputs& inputs) {
    Listing listing;
    PathByName found;
    for (const auto& folder : folders)
        list_folder(folder, suffix, found, inputs, listing.problems);
    for (const auto& [name, path] : found) {
        inputs.files.insert(path);
        UnitFile unit{.path = path, .state = probe_file(path), .place = place};
        if (unit.state != FileState::masked && unit.state != FileState::empty)
            unit.dropins = list_dropins(folders, name, inputs, listing.problems);
        listing.files.push_back(std::move(unit));
    }
    return listing;
}

} // namespace wgnl::networkd
