// SPDX-License-Identifier: LGPL-2.1-or-later
// D-Bus property values as C++ values, and objects as maps of them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <wgnl/error.hpp>

struct sd_bus_message;

namespace wgnl::cli {

using Triple = std::array<std::string, 3>;
/// The types that wgnld's properties have; std::monostate stands for any other.
using Value =
    std::variant<std::monostate, bool, std::uint64_t, std::string, std::vector<std::string>,
                 std::vector<Triple>, std::map<std::string, std::uint64_t>>;
using Properties = std::map<std::string, Value, std::less<>>;
/// Object path → interface → properties, as GetManagedObjects answers.
using ManagedObjects = std::map<std::string, std::map<std::string, Properties>>;

/// Reads a{oa{sa{sv}}}; `protocol` if the message holds something else.
Result<ManagedObjects> read_managed_objects(sd_bus_message* message);
/// The names of a(so), sorted, as ListDevices answers.
Result<std::vector<std::string>> read_device_names(sd_bus_message* message);
/// Reads a{sv}, as GetAll answers; `protocol` if the message holds something else.
Result<Properties> read_properties(sd_bus_message* message);

} // namespace wgnl::cli
