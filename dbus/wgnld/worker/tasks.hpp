// SPDX-License-Identifier: LGPL-2.1-or-later
// What the worker thread does: reading, reconciling, withdrawing; secrets stay behind here.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wgnl/reconcile.hpp>

#include "endpoints/endpoint_names.hpp"
#include "host/networkd_state.hpp"
#include "model/device_reading.hpp"
#include "worker.hpp"

namespace wgnl::daemon {

/// All links at one time.
struct Survey {
    Result<std::vector<Link>> links{};
    std::chrono::nanoseconds cost{}; ///< processor time
};
Survey survey_links(Worker::Context& context);

/// One reading of one device.
struct ReadResult {
    std::optional<DeviceReading> reading{}; ///< absent: the device is gone, or could not be read
    std::vector<Difference> differences{};
    std::optional<std::string> netdev_file{}; ///< see netdev_file_of()
    std::optional<Error> error{};
};
/// `declared` may be null. A link whose configuration nobody may read gives a reading that is not
/// `readable`, with the error. `routes`: whether to look at routes too, which takes the kernel a
/// walk through its tables.
ReadResult read_device(Worker::Context& context, const std::string& device,
                       const std::shared_ptr<const Declaration>& declared, bool routes);

/// What is to be reconciled.
struct ReconcileRequest {
    std::shared_ptr<const Declaration> declared{};
    Provenance from{};
    ReconcileOptions options{};
    std::vector<Difference> left_alone{}; ///< repaired too often lately
    std::uint32_t live_fwmark{};
    /// A userspace device of this name was started for us: it goes into the record as ours.
    bool adopt_userspace_device{false};
    /// How networkd's own link is known, where only such a one may be written to; absent: any may.
    std::optional<Ownership> of_networkd{};
};
/// What came of it.
struct ReconcileResult {
    bool ok{false};
    bool link_exists{false};
    bool owner_unsaid{false}; ///< nothing was done: networkd has not said yet whose the link is
    /// Fields of the device, entries of peers in the plan, steps on the link, and routes.
    std::size_t changes{};
    std::vector<std::string> steps{}; ///< the same in words, the first of them; without secrets
    std::vector<PublicKey> changed{}; ///< the peers that `steps` names
    std::vector<Drift> drift{};
    std::vector<Problem> problems{};
    std::optional<DeviceReading> reading{};
    std::vector<Difference> left{}; ///< what still differs, deliberately or not
    std::optional<Error> error{};
    std::uint64_t set_messages{}; ///< that it took
    /// Peers whose endpoint was changed to a name that is not resolved yet.
    std::vector<PublicKey> unresolved{};
};
ReconcileResult reconcile_device(Worker::Context& context, const ReconcileRequest& request);

/// Withdraws one device; absent error: done.
std::optional<Error> withdraw_device(Worker::Context& context, const std::string& device);

/// The devices whose record names this source; an error where the records cannot be looked through:
/// to take them for none would be to forget what is to be revoked. A record that is none any more
/// names nobody.
Result<std::vector<std::string>> recorded_devices(Worker::Context& context,
                                                  std::string_view source);

/// Points these peers elsewhere and has each shake hands at once; a peer that is gone, roamed or
/// shook hands since that was decided is left alone. Those that were moved.
Result<std::vector<EndpointMove>> move_endpoints(Worker::Context& context,
                                                 const std::string& device,
                                                 const std::vector<EndpointMove>& moves);

/// Peers whose endpoint was changed to a name that is not resolved yet.
std::vector<PublicKey> unresolved_edits(const RecordStore& store, const Declaration& declared);

} // namespace wgnl::daemon
