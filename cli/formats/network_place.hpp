// SPDX-License-Identifier: LGPL-2.1-or-later
// The network namespace in which a command works without the daemon.
#pragma once

#include <optional>
#include <string>

#include <wgnl/client.hpp>
#include <wgnl/network_namespace.hpp>
#include <wgnl/reconcile.hpp>

namespace wgnl::cli {

/// What --netns means: absent for an empty text, "." the caller's own, else a name that `ip netns`
/// knows, or a path.
Result<std::optional<Namespace>> namespace_of(const std::string& text);

/// The kernel and the records of one network namespace.
struct NetworkPlace {
    Client client;
    RecordStore records;

    static Result<NetworkPlace> open(const std::string& netns);
};

} // namespace wgnl::cli
