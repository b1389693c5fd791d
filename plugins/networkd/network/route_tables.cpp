// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading networkd.conf for the names of routing tables.
#include "networkd/network/route_tables.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/ini.hpp"
#include "networkd/files/search_path.hpp"
#include "networkd/files/text.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 4> folders{"/etc/systemd", "/run/systemd",
                                                  "/usr/local/lib/systemd", "/usr/lib/systemd"};

/// The one main file that counts, then the drop-ins.
std::vector<std::string> configuration_files(const Root& root, Inputs& inputs) {
    std::vector<std::string> under;
    std::vector<std::string> files;
    for (auto folder : folders) {
        under.push_back(root / folder);
        auto path = under.back() + "/networkd.conf";
        inputs.files.insert(path);
        if (files.empty() && probe_file(path) != FileState::absent)
            files.push_back(path);
    }
    std::vector<Problem> ignored;
    for (auto& path : list_dropins(under, "networkd.conf", inputs, ignored))
        files.push_back(std::move(path));
    return files;
}

void read_tables(const IniFile& file, RouteTables& tables) {
    for (const auto& section : file.sections())
        for (const auto& assignment : section.assignments)
            if (section.name == "Network" && assignment.key == "RouteTable")
                tables.define(assignment.value);
}

} // namespace

RouteTables RouteTables::load(const Root& root, Inputs& inputs) {
    RouteTables tables;
    for (const auto& path : configuration_files(root, inputs))
        read_tables(IniFile::parse(read_file(path).text), tables);
    return tables;
}

void RouteTables::define(std::string_view assignment) {
    for (auto word : split(assignment, " \t")) {
        auto colon = word.find(':');
        auto number = parse_number(word.substr(std::min(colon + 1, word.size())),
                                   std::numeric_limits<std::uint32_t>::max());
        if (colon != std::string_view::npos && colon > 0 && number && *number > 0)
            numbers_.try_emplace(std::string(word.substr(0, colon)),
                                 static_cast<std::uint32_t>(*number));
    }
}

std::optional<std::uint32_t> RouteTables::find(std::string_view text) const {
    if (auto found = numbers_.find(text); found != numbers_.end())
        return found->second;
    auto number = parse_number(text, std::numeric_limits<std::uint32_t>::max());
    if (!number || *number == 0)
        return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

} // namespace wgnl::networkd
