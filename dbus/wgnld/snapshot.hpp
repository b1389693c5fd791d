// SPDX-License-Identifier: LGPL-2.1-or-later
// A device as one JSON document in a sealed memory file.
#pragma once

#include <map>
#include <string>

#include "device_model/device_model.hpp"
#include "sd/handle.hpp"

namespace wgnl::daemon {

/// All that the Device and Peer objects show, under the names of their properties; no secret.
std::string snapshot_json(const DeviceModel& device);

/// Callers of one generation share one file.
class Snapshots {
public:
    Result<sd::Fd> get(const DeviceModel& device);
    void drop(const std::string& device) { files_.erase(device); }

private:
    struct File {
        std::uint64_t generation{};
        sd::Fd fd{};
    };
    std::map<std::string, File> files_{};
};

} // namespace wgnl::daemon
