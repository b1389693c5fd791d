// SPDX-License-Identifier: LGPL-2.1-or-later
// Single files for the command, through the same readers as the service.
#include "networkd/netdev/check.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "common/problems.hpp"
#include "networkd/netdev/scan.hpp"

namespace wgnl::networkd {
namespace {

using std::filesystem::path;

std::string absolute(const std::string& name) {
    std::error_code ignored;
    return std::filesystem::absolute(name, ignored).lexically_normal().string();
}

std::string folder_of(const std::string& name) { return path(name).parent_path().string(); }

std::optional<FolderOwner> known_folder(const Root& root, const std::string& name) {
    for (auto owner : {FolderOwner::networkd, FolderOwner::wgnl})
        if (std::ranges::count(folders_of(root, owner), folder_of(name)) > 0)
            return owner;
    return std::nullopt;
}

void append(std::vector<Problem>& to, const std::vector<Problem>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

Result<void> require_file(const std::string& name) {
    auto file = read_file(name);
    if (file.state == FileState::absent)
        return fail(Errc::not_found, "read " + name, "there is no such file");
    if (file.state == FileState::unreadable)
        return fail(Errc::permission_denied, "read " + name, file.why);
    return {};
}

/// The same in wg-quick's terms, as far as it has any for what is not applied.
void add_wg_quick(Loaded& loaded, const Declaration& declaration, const NetworkSettings& network) {
    loaded.wg_quick = as_wg_quick(declaration, network.wg_quick, network.not_applied);
    loaded.not_declared = loaded.not_expressible;
    append(loaded.not_declared, network.not_applied);
    append(loaded.not_expressible, loaded.wg_quick->not_expressible);
}

FoundNetwork find_network(const Declaration& declaration, const LoadOptions& options,
                          FolderOwner owner) {
    Inputs inputs;
    const auto context = ReadContext::current(options.root, inputs, options.ask_systemd);
    const auto folders = folders_of(options.root, owner);
    return NetworkFiles::load(context, folders, inputs).find(declaration.device);
}

/// Addresses and MTU of a device that wgnl does not give any.
void add_owners_network(Loaded& loaded, const LoadOptions& options,
                        std::optional<std::uint32_t> mtu) {
    if (!loaded.declaration)
        return;
    auto found = find_network(*loaded.declaration, options, FolderOwner::networkd);
    if (!loaded.declaration->addresses.empty()) {
        // What wgnl does not apply of its own file is a problem already.
        if (auto own = find_network(*loaded.declaration, options, FolderOwner::wgnl); own.settings)
            found = std::move(own);
        if (found.settings)
            loaded.wg_quick = as_wg_quick(*loaded.declaration, found.settings->wg_quick, {});
        loaded.not_declared = loaded.not_expressible;
        return;
    }
    append(loaded.problems, found.unreadable);
    loaded.network = std::move(found.settings).value_or(NetworkSettings{});
    loaded.network->mtu = loaded.network->mtu ? loaded.network->mtu : mtu;
    // An owner of its own reads that file: only what anybody would do wrong with it is a problem.
    append(loaded.problems, loaded.network->problems);
    add_wg_quick(loaded, *loaded.declaration, *loaded.network);
}

/// Out of a scan of everything, so that other files that claim the device are seen.
Loaded load_known(const std::string& name, FolderOwner owner, const LoadOptions& options,
                  const AdapterUser* judge) {
    auto all = scan(options.root, {options.ask_systemd, true, judge});
    Loaded loaded{.of_folder = true};
    auto& file = all.files[unit_key(owner, name)];
    if (!file.path.empty() && file.path != name)
        loaded.problems.push_back({Severity::warning,
                                   {printable(name)},
                                   fmt::format("{} hides this file", printable(file.path))});
    append(loaded.problems, file.path == name ? file.problems : std::vector<Problem>{});
    for (auto& declaration : all.declarations)
        if (declaration.location.file == name)
            loaded.declaration = std::move(declaration);
    // Beside its own, what is wrong with what all files stand on, such as a folder.
    std::ranges::copy_if(all.problems, std::back_inserter(loaded.problems),
                         [&](const Problem& problem) {
                             return problem.location.file == name ||
                                    (problem.severity == Severity::error &&
                                     path(problem.location.file).extension() != ".netdev");
                         });
    loaded.not_expressible = std::move(file.not_expressible);
    loaded.sealed = std::move(file.sealed);
    add_owners_network(loaded, options, file.mtu);
    return loaded;
}

/// What of it is not wgnl's to apply, in one note: outside of any folder nobody knows yet who will.
Problem note_on(const std::vector<Problem>& not_applied) {
    return {Severity::note, not_applied.front().location,
            fmt::format("this and {} more settings are for systemd-networkd to apply; where wgnl "
                        "owns the device, as \"wgnl apply\" has it, it gives it Address= and "
                        "MTUBytes= alone",
                        not_applied.size() - 1)};
}

void add_network(Loaded& loaded, Declaration& declaration, const ReadContext& context,
                 const std::string& folder, Inputs& inputs) {
    std::vector<std::string> folders{folder};
    auto found = NetworkFiles::load(context, folders, inputs).find(declaration.device);
    append(declaration.problems, found.unreadable);
    declaration.kept_as_is = declaration.kept_as_is || !found.unreadable.empty();
    auto& settings = found.settings;
    if (!settings)
        return;
    declaration.addresses = std::move(settings->addresses);
    declaration.mtu = settings->mtu ? settings->mtu : declaration.mtu;
    append(declaration.problems, settings->problems);
    if (!settings->not_applied.empty())
        loaded.remarks.push_back(note_on(settings->not_applied));
    add_wg_quick(loaded, declaration, *settings);
}

/// A file of nobody's folder: nobody else will create its device.
Loaded load_alone(const std::string& name, const LoadOptions& options, const AdapterUser* judge) {
    Inputs inputs;
    Loaded loaded;
    auto context = ReadContext::current(options.root, inputs, options.ask_systemd);
    context.host.look_into_stores(options.root);
    context.judge = judge;
    std::vector<std::string> folders{folder_of(name)};
    UnitFile unit{.path = name, .state = FileState::present, .owner = FolderOwner::wgnl};
    unit.dropins = list_dropins(folders, base_name(name), inputs, loaded.problems);
    auto netdev = read_netdev(unit, context, inputs);
    append(loaded.problems, netdev.problems);
    if (netdev.status != Netdev::Status::declares)
        return loaded;
    auto ownership =
        decide_ownership({.folder_owner = unit.owner, .requested = netdev.requested_mode});
    netdev.declaration.mode = ownership.mode;
    loaded.not_expressible = std::move(netdev.not_expressible);
    add_network(loaded, netdev.declaration, context, folders.front(), inputs);
    // Nothing remembers which addresses such a device was given before.
    if (netdev.keeps_addresses ||
        (netdev.listed_addresses &&
         add_listed_addresses(*netdev.listed_addresses, netdev.declaration)))
        netdev.declaration.kept_as_is = true;
    loaded.declaration = std::move(netdev.declaration);
    loaded.sealed = std::move(netdev.sealed);
    return loaded;
}

} // namespace

Result<Loaded> load_netdev(const std::string& path, const LoadOptions& options) {
    auto full = absolute(path);
    if (auto present = require_file(full); !present)
        return std::unexpected(present.error());
    const auto user = options.as_adapter ? AdapterUser::find() : std::nullopt;
    const auto* judge = user ? &*user : nullptr;
    auto owner = known_folder(options.root, full);
    auto loaded =
        owner ? load_known(full, *owner, options, judge) : load_alone(full, options, judge);
    if (loaded.declaration) {
        append(loaded.problems, loaded.declaration->problems);
        adapter::bound(loaded.declaration->problems);
    }
    return loaded;
}

} // namespace wgnl::networkd
