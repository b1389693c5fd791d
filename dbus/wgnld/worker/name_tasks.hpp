// SPDX-License-Identifier: LGPL-2.1-or-later
// The worker's side of endpoints that are names.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <wgnl/reconcile.hpp>

#include "endpoints/endpoint_names.hpp"
#include "worker.hpp"

namespace wgnl::daemon {

/// Points these peers elsewhere and has each shake hands at once; a peer that is gone, roamed or
/// shook hands since that was decided is left alone. Those that were moved.
Result<std::vector<EndpointMove>> move_endpoints(Worker::Context& context,
                                                 const std::string& device,
                                                 const std::vector<EndpointMove>& moves);

/// Peers whose endpoint was changed to a name that is not resolved yet.
std::vector<PublicKey> unresolved_edits(const RecordStore& store, const Declaration& declared);

} // namespace wgnl::daemon
