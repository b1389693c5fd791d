// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking for FirewallMark= and RouteTable=, and at nothing else.
#include "networkd/netdev/taken_marks.hpp"

#include <limits>

#include "networkd/files/search_path.hpp"
#include "networkd/files/text.hpp"

namespace wgnl::networkd {
namespace {

void take_file(const std::string& path, std::set<std::uint32_t>& marks) {
    const auto file = IniFile::parse(read_file(path).text);
    for (const auto& section : file.sections())
        for (const auto& [key, value, line, column, key_column] : section.assignments)
            if (key == "FirewallMark" || key == "FwMark" || key == "RouteTable")
                if (const auto number =
                        parse_number(value, std::numeric_limits<std::uint32_t>::max()))
                    marks.insert(static_cast<std::uint32_t>(*number));
}

} // namespace

std::set<std::uint32_t> marks_in(std::span<const std::string> folders) {
    Inputs inputs;
    std::set<std::uint32_t> marks;
    for (const auto& unit : list_units(folders, FolderOwner::networkd, ".netdev", inputs).files) {
        take_file(unit.path, marks);
        for (const auto& dropin : unit.dropins)
            take_file(dropin, marks);
    }
    return marks;
}

} // namespace wgnl::networkd
