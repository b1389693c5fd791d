// SPDX-License-Identifier: LGPL-2.1-or-later
// Enablement of networkd from the file system, and the decision on the mode.
#include "networkd/netdev/ownership.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/ini.hpp"
#include "networkd/files/problems.hpp"
#include "networkd/files/text.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 5> unit_folders{
    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system"};
constexpr std::array<std::string_view, 2> networkd_units{"systemd-networkd.service",
                                                         "systemd-networkd.socket"};

bool is_dependency_folder(std::string_view name) {
    return name.ends_with(".wants") || name.ends_with(".requires") || name.ends_with(".upholds");
}

/// Looks for networkd's units, and keeps in mind what it could not look at.
class UnitSearch {
public:
    UnitSearch(Inputs& inputs, std::vector<Problem>& problems)
        : inputs_(inputs), problems_(problems) {}

    bool failed() const { return failed_; }

    /// Also true for a link that points nowhere: enabling in a tree that is not running makes
    /// those.
    bool exists(const std::string& path) {
        struct stat info{};
        if (::lstat(path.c_str(), &info) == 0)
            return true;
        if (!is_absence(errno))
            fail_at(path, errno);
        return false;
    }

    bool pulled_in(const std::string& folder) {
        bool found = false;
        auto names = list_names(folder, inputs_);
        if (!names)
            fail_at(folder, names.error());
        for (const auto& name : names.value_or(std::vector<std::string>{}))
            if (is_dependency_folder(name))
                for (auto unit : networkd_units) {
                    auto link = fmt::format("{}/{}/{}", folder, name, unit);
                    found = exists(link) || found;
                    inputs_.files.insert(std::move(link));
                }
        return found;
    }

private:
    void fail_at(const std::string& path, int error) {
        failed_ = true;
        problems_.push_back({Severity::error,
                             {printable(path)},
                             fmt::format("wgnl cannot look here ({}), and so may not know whether "
                                         "systemd-networkd is enabled: have user systemd-network "
                                         "able to read it",
                                         std::strerror(error))});
    }

    Inputs& inputs_;
    std::vector<Problem>& problems_;
    bool failed_{false};
};

constexpr std::string_view own_advice =
    "Mode=own in a file that networkd loads would leave two owners; move the file to "
    "/etc/wgnl/network, or add Credential=wgnl.own to its [Match]; the mode stays sync";
constexpr std::string_view undecided_owner =
    "who owns the device is not known, because something that decides it could not be read; the "
    "device is left as it is";

} // namespace

NetworkdState networkd_state(const Root& root, Inputs& inputs, std::vector<Problem>& problems) {
    UnitSearch search(inputs, problems);
    bool present = false;
    bool enabled = false;
    for (auto folder : unit_folders) {
        auto unit = fmt::format("{}/{}", root / folder, networkd_units.front());
        inputs.files.insert(unit);
        auto state = probe_file(unit);
        // The first folder that has the unit decides whether it is masked.
        if (!present && (state == FileState::masked || state == FileState::empty))
            return NetworkdState::masked;
        present = search.exists(unit) || present;
        enabled = search.pulled_in(root / folder) || enabled;
    }
    if (search.failed() && !(present && enabled))
        return NetworkdState::unknown;
    if (!present)
        return NetworkdState::absent;
    return enabled ? NetworkdState::enabled : NetworkdState::disabled;
}

AdapterSettings read_settings(const Root& root, Inputs& inputs) {
    AdapterSettings settings;
    ProblemCollector problems;
    auto path = root / "/etc/wgnl/networkd.conf";
    inputs.files.insert(path);
    auto file = read_file(path);
    if (file.state == FileState::unreadable) {
        settings.adopt.reset();
        problems.error({{path}}, fmt::format("the file cannot be read ({}): whether it says "
                                             "Adopt=yes is not known; chmod 0644",
                                             file.why));
    }
    auto ini = IniFile::parse(std::move(file.text));
    for (const auto& complaint : ini.complaints())
        problems.add(problem_of(path, complaint));
    for (const auto& section : ini.sections())
        for (const auto& assignment : section.assignments) {
            auto value = parse_boolean(assignment.value);
            if (assignment.key == "Adopt" && value)
                settings.adopt = *value;
            else
                problems.warning(subject_of(path, assignment),
                                 fmt::format("{}={} is not understood and ignored; known is Adopt= "
                                             "(yes or no)",
                                             excerpt(assignment.key), excerpt(assignment.value)));
        }
    settings.problems = problems.take();
    return settings;
}

Ownership decide_ownership(const OwnershipFacts& facts) {
    if (facts.requested == Mode::observe)
        return {Mode::observe, {}};
    const bool written = facts.folder_owner == FolderOwner::wgnl || facts.asks_for_own;
    const bool may_be_ours = facts.networkd != NetworkdState::enabled && facts.adopt.value_or(true);
    if (!written && may_be_ours && (facts.networkd == NetworkdState::unknown || !facts.adopt))
        return {Mode::sync, std::string(undecided_owner), true};
    if (written || may_be_ours)
        return {Mode::own, facts.requested == Mode::sync
                               ? "Mode=sync has no meaning here: networkd does not load this file; "
                                 "the mode is own"
                               : ""};
    return {Mode::sync, facts.requested == Mode::own ? std::string(own_advice) : ""};
}

} // namespace wgnl::networkd
