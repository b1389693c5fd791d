// SPDX-License-Identifier: LGPL-2.1-or-later
// A device as one JSON document (docs/snapshot.schema.json), written piece by piece.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/json_writer.hpp"
#include "model/device_model.hpp"

namespace wgnl::daemon {

/// Writes all that the Device and Peer objects show, under the names of their properties, into a
/// memory file. The document holds the peers that the device had when the writing began and still
/// has when their turn comes; each is shown as it is then. No secret.
class SnapshotWriter {
public:
    static Result<SnapshotWriter> begin(const DeviceModel& device);

    /// Writes on until it is done, or until `limit` of time has passed; false: there is more.
    Result<bool> go_on(const DeviceModel& device, std::chrono::nanoseconds limit);
    /// The finished document, sealed. Once.
    Result<UniqueFd> finish();

private:
    explicit SnapshotWriter(UniqueFd file) : file_(std::move(file)) {}
    Result<void> flush(std::size_t at_least);

    UniqueFd file_;
    std::vector<PublicKey> peers_{}; ///< in the order of the document
    std::size_t next_{};
    json::Writer json_{json::Layout::compact}; ///< its text is not yet in the file
};

/// The same document in one piece.
Result<std::string> snapshot_json(const DeviceModel& device);

} // namespace wgnl::daemon
