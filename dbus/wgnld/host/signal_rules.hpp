// SPDX-License-Identifier: LGPL-2.1-or-later
// Match rules for the signals of others that wgnld listens to.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace wgnl::daemon {

/// A bus name gets another owner, or none.
inline std::string owner_rule(std::string_view name) {
    return fmt::format("type='signal',sender='org.freedesktop.DBus',"
                       "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{}'",
                       name);
}

/// Properties change at a `path`, which is written as the rule's part: "path='/org/…'".
inline std::string properties_rule(std::string_view sender, std::string_view path) {
    return fmt::format("type='signal',sender='{}',interface='org.freedesktop.DBus.Properties',"
                       "member='PropertiesChanged',{}",
                       sender, path);
}

} // namespace wgnl::daemon
