// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking for FirewallMark=, RouteTable= and Table=, and at nothing else.
#include "networkd/network/taken_marks.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "networkd/files/search_path.hpp"
#include "networkd/files/text.hpp"
#include "networkd/network/full_tunnel.hpp"

namespace wgnl::networkd {
namespace {

constexpr std::array<std::string_view, 4> keys{"FirewallMark", "FwMark", "RouteTable", "Table"};

/// Of a .netdev file its device, of a .network file the one that it is for.
bool is_name(const IniSection& section, const IniAssignment& assignment) {
    return (section.name == "NetDev" || section.name == "Match") && assignment.key == "Name";
}

/// Numbers of one file with its drop-ins; used once.
class MarksOfUnit {
public:
    explicit MarksOfUnit(std::string_view device) : device_(device) {}

    void take_file(const std::string& path) {
        const auto file = IniFile::parse(read_file(path).text);
        for (const auto& section : file.sections())
            for (const auto& assignment : section.assignments)
                take(section, assignment);
    }

    std::set<std::uint32_t> run() && {
        return is_of_device_ ? std::set<std::uint32_t>() : std::move(marks_);
    }

private:
    void take(const IniSection& section, const IniAssignment& assignment) {
        is_of_device_ |= is_name(section, assignment) && assignment.value == device_;
        if (std::ranges::find(keys, assignment.key) == keys.end())
            return;
        const auto number =
            parse_number(assignment.value, std::numeric_limits<std::uint32_t>::max());
        if (number && !is_general_table(static_cast<std::uint32_t>(*number)))
            marks_.insert(static_cast<std::uint32_t>(*number));
    }

    std::string_view device_;
    std::set<std::uint32_t> marks_{};
    bool is_of_device_{false};
};

} // namespace

std::set<std::uint32_t> marks_in(std::span<const std::string> folders, std::string_view device) {
    Inputs inputs;
    std::set<std::uint32_t> marks;
    for (const auto* suffix : {".netdev", ".network"})
        for (const auto& unit : list_units(folders, FolderOwner::networkd, suffix, inputs).files) {
            MarksOfUnit of_unit(device);
            of_unit.take_file(unit.path);
            for (const auto& dropin : unit.dropins)
                of_unit.take_file(dropin);
            marks.merge(std::move(of_unit).run());
        }
    return marks;
}

} // namespace wgnl::networkd
