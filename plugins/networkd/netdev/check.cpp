// SPDX-License-Identifier: LGPL-2.1-or-later
// Single files for the command, through the same readers as the service.
#include "networkd/netdev/check.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "networkd/netdev/scan.hpp"

namespace wgnl::networkd {
namespace {

using std::filesystem::path;

std::string absolute(const std::string& name) {
    std::error_code ignored;
    return std::filesystem::absolute(name, ignored).lexically_normal().string();
}

std::string folder_of(const std::string& name) { return path(name).parent_path().string(); }

std::optional<Place> known_place(const Root& root, const std::string& name) {
    for (auto place : {Place::networkd, Place::wgnl})
        if (std::ranges::count(folders_of(root, place), folder_of(name)) > 0)
            return place;
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

/// Addresses and MTU of a device that wgnl does not give any.
void add_owners_network(Loaded& loaded, const Root& root, const SystemdQuery& ask_systemd,
                        std::optional<std::uint32_t> mtu) {
    if (!loaded.declaration || !loaded.declaration->addresses.empty())
        return;
    Inputs inputs;
    const auto around = Surroundings::current(root, inputs, ask_systemd);
    const auto folders = folders_of(root, Place::networkd);
    auto found = NetworkFiles::load(around, folders, inputs).find(loaded.declaration->device);
    loaded.network = found ? std::move(*found) : NetworkSettings{};
    loaded.network->mtu = loaded.network->mtu ? loaded.network->mtu : mtu;
    append(loaded.unsaid, loaded.network->problems);
}

/// Out of a scan of everything, so that other files that claim the device are seen.
Loaded load_known(const std::string& name, Place place, const Root& root,
                  const SystemdQuery& ask_systemd) {
    auto all = scan(root, ask_systemd);
    Loaded loaded;
    auto& file = all.files[unit_key(place, name)];
    if (file.path != name)
        loaded.problems.push_back({Severity::warning, printable(name),
                                   fmt::format("{} hides this file", printable(file.path))});
    append(loaded.problems, file.path == name ? file.problems : std::vector<Problem>{});
    for (auto& declaration : all.declarations)
        if (declaration.where == name)
            loaded.declaration = std::move(declaration);
    std::ranges::copy_if(all.problems, std::back_inserter(loaded.problems),
                         [&](const Problem& problem) { return problem.where == name; });
    loaded.unsaid = std::move(file.unsaid);
    add_owners_network(loaded, root, ask_systemd, file.mtu);
    return loaded;
}

void add_network(Declaration& declaration, const Surroundings& around, const std::string& folder,
                 Inputs& inputs) {
    std::vector<std::string> folders{folder};
    auto settings = NetworkFiles::load(around, folders, inputs).find(declaration.device);
    if (!settings)
        return;
    declaration.addresses = std::move(settings->addresses);
    declaration.mtu = settings->mtu ? settings->mtu : declaration.mtu;
    append(declaration.problems, settings->problems);
}

/// A file of nobody's folder: nobody else will create its device.
Loaded load_alone(const std::string& name, const Root& root, const SystemdQuery& ask_systemd) {
    Inputs inputs;
    Loaded loaded;
    auto around = Surroundings::current(root, inputs, ask_systemd);
    std::vector<std::string> folders{folder_of(name)};
    UnitFile unit{.path = name, .state = FileState::present, .place = Place::wgnl};
    unit.dropins = list_dropins(folders, base_name(name), inputs, loaded.problems);
    auto netdev = read_netdev(unit, around, inputs);
    append(loaded.problems, netdev.problems);
    if (netdev.outcome != Netdev::Outcome::declares)
        return loaded;
    auto ownership = decide_ownership({.place = unit.place, .requested = netdev.requested_mode});
    netdev.declaration.mode = ownership.mode;
    add_network(netdev.declaration, around, folders.front(), inputs);
    loaded.declaration = std::move(netdev.declaration);
    loaded.unsaid = std::move(netdev.unsaid);
    return loaded;
}

} // namespace

Result<Loaded> load_netdev(const std::string& path, const Root& root,
                           const SystemdQuery& ask_systemd) {
    auto full = absolute(path);
    if (auto present = require_file(full); !present)
        return std::unexpected(present.error());
    auto place = known_place(root, full);
    auto loaded =
        place ? load_known(full, *place, root, ask_systemd) : load_alone(full, root, ask_systemd);
    if (loaded.declaration)
        append(loaded.problems, loaded.declaration->problems);
    return loaded;
}

} // namespace wgnl::networkd
