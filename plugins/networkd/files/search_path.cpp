// SPDX-License-Identifier: LGPL-2.1-or-later
// Listing of folders with systemd's precedence: the first folder that has a name hides the others.
#include "networkd/files/search_path.hpp"

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

void take_entry(const std::string& folder, const std::string& name, PathByName& found,
                Inputs& inputs) {
    auto path = folder + "/" + name;
    if (is_there(path))
        inputs.present.insert(path);
    found.try_emplace(name, std::move(path));
}

/// Adds what `folder` has and no earlier folder had.
void list_folder(const std::string& folder, std::string_view suffix, PathByName& found,
                 Inputs& inputs, std::vector<Problem>& problems) {
    const auto names = list_names(folder, inputs);
    if (!names)
        return problems.push_back({Severity::error,
                                   {folder},
                                   fmt::format("the folder cannot be listed ({}); what it declared "
                                               "is left as it is",
                                               std::strerror(names.error()))});
    for (const auto& name : *names)
        if (is_listed(name, suffix))
            take_entry(folder, name, found, inputs);
}

} // namespace

FolderOwner folder_owner_of(const Root& root, std::string_view path) {
    auto folder = (root / wgnl_folders.front()) + "/";
    return path.starts_with(folder) ? FolderOwner::wgnl : FolderOwner::networkd;
}

std::expected<std::vector<std::string>, int> list_names(const std::string& folder, Inputs& inputs) {
    inputs.folders.insert(folder);
    std::vector<std::string> names;
    const FolderHandle handle(::opendir(folder.c_str()));
    if (!handle)
        return is_absence(errno)
                   ? names
                   : std::expected<std::vector<std::string>, int>(std::unexpected(errno));
    for (;;) {
        errno = 0;
        const auto* entry = ::readdir(handle.get());
        if (entry == nullptr)
            break;
        names.emplace_back(entry->d_name);
    }
    if (errno != 0)
        return std::unexpected(errno);
    return names;
}

std::vector<std::string> folders_of(const Root& root, FolderOwner owner) {
    std::span<const std::string_view> names = networkd_folders;
    if (owner == FolderOwner::wgnl)
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

Listing list_units(std::span<const std::string> folders, FolderOwner owner, std::string_view suffix,
                   Inputs& inputs) {
    Listing listing;
    PathByName found;
    for (const auto& folder : folders)
        list_folder(folder, suffix, found, inputs, listing.problems);
    for (const auto& [name, path] : found) {
        inputs.files.insert(path);
        UnitFile unit{.path = path, .state = probe_file(path), .owner = owner};
        if (unit.state != FileState::masked && unit.state != FileState::empty)
            unit.dropins = list_dropins(folders, name, inputs, listing.problems);
        listing.files.push_back(std::move(unit));
    }
    return listing;
}

} // namespace wgnl::networkd
