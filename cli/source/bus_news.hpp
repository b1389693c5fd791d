// SPDX-License-Identifier: LGPL-2.1-or-later
// BusNews: what wgnld says unasked, as values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bus_value.hpp"
#include "view.hpp"

struct sd_bus_message;

namespace wgnl::cli {

struct PropertiesChanged {
    std::string interface{};
    Properties properties{};
};
struct ObjectAdded {
    std::map<std::string, Properties> interfaces{};
};
struct ObjectRemoved {};
struct HandshakeCompleted {
    Microseconds at{}; ///< since the epoch
};
struct EndpointChanged {
    std::string old{};
    std::string now{};
};
struct StateChanged {
    std::string old{};
    std::string now{};
};
struct Applied {
    bool ok{};
};
/// org.wgnl.WireGuard1 has a new owner, or none.
struct OwnerChanged {
    bool served{};
};

/// One signal, and the device or peer that it is about.
struct BusNews {
    std::string device{}; ///< empty: about none
    std::string peer{};   ///< public key; empty: about the device as a whole
    std::variant<PropertiesChanged, ObjectAdded, ObjectRemoved, HandshakeCompleted, EndpointChanged,
                 StateChanged, Applied, OwnerChanged>
        what{};
};

/// Absent: a signal that is not known here, is of another form than here, or is about nothing here.
std::optional<BusNews> read_news(sd_bus_message* message);

} // namespace wgnl::cli
