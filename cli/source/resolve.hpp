// SPDX-License-Identifier: LGPL-2.1-or-later
// Host names of endpoints, resolved once: for commands that run without the daemon.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <wgnl/declaration.hpp>

namespace wgnl::cli {

struct Resolved {
    std::unordered_map<std::string, Endpoint> endpoints{}; ///< by the text of the declaration
    std::unordered_map<std::string, std::vector<IpAddress>> addresses{}; ///< all that a name has
    std::vector<Problem> problems{}; ///< a warning for each name that failed
};

/// Asks the system's resolver (nsswitch) for each endpoint that is a name; those of peers kept as
/// is are left out.
Resolved resolve_endpoints(const Declaration& declaration);

} // namespace wgnl::cli
