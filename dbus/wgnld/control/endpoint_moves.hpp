// SPDX-License-Identifier: LGPL-2.1-or-later
// Peers pointed elsewhere, as a job, and the lines that say so.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "endpoints/endpoint_names.hpp"
#include "jobs.hpp"

namespace wgnl::daemon {

/// `done` is called once it was tried, whatever came of it.
void move_endpoints(Jobs& jobs, const std::string& device, std::vector<EndpointMove> moves,
                    std::function<void()> done);

} // namespace wgnl::daemon
