// SPDX-License-Identifier: LGPL-2.1-or-later
// Records of devices that were renamed: a declaration stays with the name, a record with the link.
#pragma once

#include <optional>
#include <string>

#include <wgnl/reconcile.hpp>

namespace wgnl {

/// The name that the link of `record` has now, if it is another than the record's. Absent also if
/// the link is gone, or cannot be told from a later one (creation 0).
Result<std::optional<std::string>> new_name_of(Client& client, const Record& record);

/// The record of the link that bears the name `device` now, where `stored` is what lies under that
/// name: the same, or that of another name, which is moved here. If `stored` is of a link that has
/// another name now, it is moved there; two links may have swapped names. The lock of `device` is
/// held; system/EWOULDBLOCK if somebody works on the other one. With `dry_run` nothing is moved.
Result<std::optional<Record>> follow_rename(Client& client, const RecordStore& store,
                                            const std::string& device, std::optional<Record> stored,
                                            const std::optional<Link>& link, bool dry_run);

} // namespace wgnl
