// SPDX-License-Identifier: LGPL-2.1-or-later
// Answers of wgnld, decoded.
#include "bus_value.hpp"

#include <algorithm>

#include "bus_reader.hpp"

namespace wgnl::cli {
namespace {

constexpr const char* operation = "read the answer of wgnld";
constexpr const char* other_form = "it is not of the form that this version of wgnl knows";

} // namespace

Result<ManagedObjects> read_managed_objects(sd_bus_message* message) {
    MessageReader reader{message};
    ManagedObjects objects;
    reader.dictionary("oa{sa{sv}}", [&] {
        auto path = reader.text('o');
        objects.emplace(std::move(path), reader.interfaces());
    });
    if (reader.error() < 0)
        return fail(Errc::protocol, operation, other_form);
    return objects;
}

Result<std::vector<std::string>> read_device_names(sd_bus_message* message) {
    MessageReader reader{message};
    std::vector<std::string> names;
    reader.array("(so)", [&] {
        reader.inside('r', "so", [&] {
            names.push_back(reader.text());
            reader.text('o');
        });
    });
    if (reader.error() < 0)
        return fail(Errc::protocol, operation, other_form);
    std::ranges::sort(names);
    return names;
}

Result<Properties> read_properties(sd_bus_message* message) {
    MessageReader reader{message};
    auto properties = reader.properties();
    if (reader.error() < 0)
        return fail(Errc::protocol, operation, other_form);
    return properties;
}

} // namespace wgnl::cli
