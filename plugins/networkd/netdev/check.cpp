// SPDX-License-Identifier: LGPL-2.1-or-later
// Single files for the command, through the same readers as the service.
#include "networkd/netdev/check.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "networkd/netdev/network_file.hpp"
#include "networkd/netdev/scan.hpp"
#include "networkd/netdev/text.hpp"

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

/// Out of a scan of everything, so that other files that claim the device are seen.
Loaded load_known(const std::string& name, Place place, const Root& root,
                  const SystemdQuery& ask_systemd) {
    auto all = scan(root, ask_systemd);
    Loaded loaded;
    const auto& file = all.files[unit_key(place, name)];
    if (file.path != name)
        loaded.problems.push_back({Severity::warning, printable(name),
                                   fmt::format("{} hides this file", printable(file.path))});
    append(loaded.problems, file.path == name ? file.problems : std::vector<Problem>{});
    for (auto& declaration : all.declarations)
        if (declaration.where == name)
            loaded.declaration = std::move(declaration);
    std::ranges::copy_if(all.problems, std::back_inserter(loaded.problems),
                         [&](const Problem& problem) { return problem.where == name; });
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
    return loaded;
}

/// "FILE:LINE" taken apart; line 0 if there is none.
std::pair<std::string, std::size_t> split_where(const std::string& where) {
    auto colon = where.find_last_of(':');
    std::size_t line = 0;
    if (colon != std::string::npos)
        std::from_chars(where.data() + colon + 1, where.data() + where.size(), line);
    return line == 0 ? std::pair{where, line} : std::pair{where.substr(0, colon), line};
}

bool is_secret(std::string_view key) { return key == "PrivateKey" || key == "PresharedKey"; }

/// The line as a terminal may show it.
std::string presentable(std::string_view line) {
    auto equals = line.find('=');
    if (equals != std::string_view::npos && is_secret(trimmed(line.substr(0, equals))) &&
        !trimmed(line.substr(equals + 1)).starts_with('@'))
        return fmt::format("{}=…", printable(line.substr(0, equals)));
    return printable(line);
}

/// Lines of the files that problems name, each file read once.
class SourceLines {
public:
    std::string find(const std::string& file, std::size_t line) {
        auto [entry, is_new] = files_.try_emplace(file);
        if (is_new)
            entry->second = read_file(file).text;
        auto rest = entry->second.view();
        for (std::size_t skipped = 1; skipped < line && !rest.empty(); ++skipped)
            rest = rest.substr(std::min(rest.find('\n'), rest.size() - 1) + 1);
        return presentable(rest.substr(0, rest.find('\n')));
    }

private:
    std::map<std::string, WipedText> files_{};
};

} // namespace

Result<Loaded> load_netdev(const std::string& name, const Root& root,
                           const SystemdQuery& ask_systemd) {
    auto full = absolute(name);
    if (auto present = require_file(full); !present)
        return std::unexpected(present.error());
    auto place = known_place(root, full);
    auto loaded =
        place ? load_known(full, *place, root, ask_systemd) : load_alone(full, root, ask_systemd);
    if (loaded.declaration)
        append(loaded.problems, loaded.declaration->problems);
    return loaded;
}

Result<std::vector<Finding>> check_netdev(const std::string& name, const Root& root) {
    auto loaded = load_netdev(name, root);
    if (!loaded)
        return std::unexpected(loaded.error());
    std::vector<Finding> findings;
    SourceLines lines;
    for (auto& problem : loaded->problems) {
        auto [file, line] = split_where(problem.where);
        findings.push_back(
            {std::move(problem), line == 0 ? std::string{} : lines.find(file, line)});
    }
    std::ranges::stable_sort(
        findings, {}, [](const Finding& finding) { return split_where(finding.problem.where); });
    return findings;
}

} // namespace wgnl::networkd
