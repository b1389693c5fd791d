// SPDX-License-Identifier: LGPL-2.1-or-later
// Where views come from: wgnld on the bus, or without it the kernel, for root.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/console.hpp"
#include "view.hpp"

#include <wgnl/client.hpp>
#include <wgnl/network_namespace.hpp>
#include <wgnl/reconcile.hpp>

namespace wgnl::cli {

/// What a record says who applied it, where that was "wgnl apply".
inline constexpr std::string_view applied_by_command = "command";

/// What --netns means: absent for an empty text, "." the caller's own, else a name that `ip netns`
/// knows, or a path.
Result<std::optional<Namespace>> namespace_of(const std::string& text);

/// Whether that is another network namespace than that of process 1, which wgnld and the owners of
/// links serve; only root may look, and false where it cannot be told.
bool is_elsewhere(const std::string& netns = {});

/// The kernel and the records of one network namespace.
struct NetworkPlace {
    Client client;
    RecordStore records;

    static Result<NetworkPlace> open(const std::string& netns);
};

/// Reads the devices of a network namespace (empty: the caller's) through libwgnl. What only wgnld
/// knows (names of peers, drift, problems) stays empty; `mode`, `source` and `origin` are those of
/// the record.
Result<std::vector<DeviceView>> read_kernel(const std::string& netns = {});

/// Asks wgnld; where it is absent and cannot be started, root reads the kernel (and is told so on
/// the error stream), and everybody else gets an error that says what to do. wgnld serves its own
/// network namespace: for a given one the kernel is read.
Result<std::vector<DeviceView>> read_devices(Console& console, const std::string& netns = {});

/// Fills in `applied_from` of devices that nobody declares, from the records of their network
/// namespace, which root may read.
void add_applied(std::vector<DeviceView>& devices, const RecordStore& store);

/// What adapters told wgnld of files that are no device's; nothing where it is not asked, or does
/// not answer.
std::vector<Problem> read_file_problems(const std::string& netns = {});

/// Fills in the peers that read_devices() did not list, for one device.
Result<void> complete_peers(DeviceView& device);

/// "wgnld is not running", why, how to start it, and what `instead` there is.
Error daemon_missing(const Error& reason, std::string_view instead);

/// Microseconds since the epoch.
Microseconds realtime_now();

} // namespace wgnl::cli
