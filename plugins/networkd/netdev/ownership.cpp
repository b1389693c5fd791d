// SPDX-License-Identifier: LGPL-2.1-or-later
// Enablement of networkd from the file system, and the decision on the mode.
#include "networkd/netdev/ownership.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "networkd/netdev/ini.hpp"
#include "networkd/netdev/report.hpp"
#include "networkd/netdev/text.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 5> unit_folders{
    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system"};
constexpr std::array<std::string_view, 2> networkd_units{"systemd-networkd.service",
                                                         "systemd-networkd.socket"};

/// Also true for a link that points nowhere: enabling in a tree that is not running makes those.
bool exists(const std::string& path) {
    struct stat info{};
    return ::lstat(path.c_str(), &info) == 0;
}

std::vector<std::string> subfolders(const std::string& folder) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(folder.c_str()), ::closedir);
    while (const auto* entry = handle ? ::readdir(handle.get()) : nullptr)
        names.emplace_back(entry->d_name);
    return names;
}

bool is_dependency_folder(std::string_view name) {
    return name.ends_with(".wants") || name.ends_with(".requires") || name.ends_with(".upholds");
}

bool pulled_in(const std::string& folder, Inputs& inputs) {
    bool found = false;
    for (const auto& name : subfolders(folder))
        if (is_dependency_folder(name))
            for (auto unit : networkd_units) {
                auto link = fmt::format("{}/{}/{}", folder, name, unit);
                found = exists(link) || found;
                inputs.files.insert(std::move(link));
            }
    return found;
}

constexpr std::string_view own_advice =
    "Mode=own in a file that networkd loads would leave two owners; move the file to "
    "/etc/wgnl/network, or add Credential=wgnl.own to its [Match]; the mode stays sync";

} // namespace

NetworkdState networkd_state(const Root& root, Inputs& inputs) {
    bool present = false;
    bool enabled = false;
    for (auto folder : unit_folders) {
        auto unit = fmt::format("{}/{}", root / folder, networkd_units.front());
        inputs.files.insert(unit);
        auto state = probe_file(unit);
        // The first folder that has the unit decides whether it is masked.
        if (!present && (state == FileState::masked || state == FileState::empty))
            return NetworkdState::masked;
        present = present || exists(unit);
        enabled = pulled_in(root / folder, inputs) || enabled;
    }
    if (!present)
        return NetworkdState::absent;
    return enabled ? NetworkdState::enabled : NetworkdState::disabled;
}

AdapterSettings read_settings(const Root& root, Inputs& inputs) {
    AdapterSettings settings;
    Report report;
    auto path = root / "/etc/wgnl/networkd.conf";
    inputs.files.insert(path);
    auto ini = IniFile::parse(read_file(path).text);
    for (const auto& complaint : ini.complaints())
        report.warning({path, complaint.line}, complaint.text);
    for (const auto& section : ini.sections())
        for (const auto& assignment : section.assignments) {
            auto value = parse_boolean(assignment.value);
            if (assignment.key == "Adopt" && value)
                settings.adopt = *value;
            else
                report.warning({path, assignment.line},
                               fmt::format("{}={} is not understood and ignored; known is Adopt= "
                                           "(yes or no)",
                                           excerpt(assignment.key), excerpt(assignment.value)));
        }
    settings.problems = report.take();
    return settings;
}

Ownership decide_ownership(const OwnershipFacts& facts) {
    if (facts.requested == Mode::observe)
        return {Mode::observe, {}};
    const bool left_alone = facts.networkd != NetworkdState::enabled && facts.adopt;
    const bool own = facts.place == Place::wgnl || facts.asks_for_own || left_alone;
    if (own)
        return {Mode::own, facts.requested == Mode::sync
                               ? "Mode=sync has no meaning here: networkd does not load this file; "
                                 "the mode is own"
                               : ""};
    return {Mode::sync, facts.requested == Mode::own ? std::string(own_advice) : ""};
}

} // namespace wgnl::networkd
