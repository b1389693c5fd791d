// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of routing tables as networkd.conf gives them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "networkd/files/files.hpp"

namespace wgnl::networkd {

/// Tables by name: default, main and local, and those of `[Network] RouteTable=` in networkd.conf
/// and its drop-ins.
class RouteTables {
public:
    RouteTables() = default;
    static RouteTables load(const Root& root, Inputs& inputs);

    /// A name or a number from 1 to 4294967295.
    std::optional<std::uint32_t> find(std::string_view text) const;

    /// `assignment` is "name:number …"; what cannot be read is passed over, as networkd does.
    void define(std::string_view assignment);

private:
    std::map<std::string, std::uint32_t, std::less<>> numbers_{
        {"default", 253}, {"main", 254}, {"local", 255}};
};

} // namespace wgnl::networkd
