// SPDX-License-Identifier: LGPL-2.1-or-later
// Records in a reconciliation.
#pragma once

#include <optional>
#include <string>

#include <wgnl/client.hpp>
#include <wgnl/error.hpp>
#include <wgnl/plan.hpp>
#include <wgnl/reconcile.hpp>
#include <wgnl/record.hpp>

namespace wgnl {

// --- What the record says of a device before, during and after it is reconciled.

/// The record is of this very link, not of one that had its name before.
bool is_record_of(const Record& record, const Link& link);

/// The file is there and is no record: what it knew is lost. Other errors may pass.
bool is_unreadable(const Error& error);
Problem unreadable_record(const Error& error);

/// The link, or nothing if there is none.
Result<std::optional<Link>> find_link(Client& client, const std::string& device);

/// Written before a device is created: a death in between must not orphan it.
Record announcement(const std::string& device);
bool is_announcement(const Record& record);
/// Nobody has configured it yet: what a death between announcing and configuring leaves behind.
bool is_fresh(const Device& device);

/// A changed endpoint that is a name without an address yet stays as `last` has it, so that it is
/// still seen as changed when the address is known.
void keep_pending_endpoints(Record& after, const Record& last, const Device& live,
                            const Policy& policy);

/// The record after an attempt: `after`, but what `still` has to do stays as `ahead` says.
Record settled(const Record& ahead, const Record& after, const DeviceChange& still);

// --- Records of devices that were renamed: a declaration stays with the name, a record with the
// link.

/// The name that the link of `record` has now, if it is another than the record's. Absent also if
/// the link is gone, or cannot be told from a later one (link_generation 0).
Result<std::optional<std::string>> new_name_of(Client& client, const Record& record);

/// The record of the link that bears the name `device` now, where `stored` is what lies under that
/// name: the same, or that of another name, which is moved here. If `stored` is of a link that has
/// another name now, it is moved there; two links may have swapped names. The lock of `device` is
/// held; system/EWOULDBLOCK if somebody works on the other one. With `dry_run` nothing is moved.
Result<std::optional<Record>> follow_rename(Client& client, const RecordStore& store,
                                            const std::string& device, std::optional<Record> stored,
                                            const std::optional<Link>& link, bool dry_run);

} // namespace wgnl
