// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that are hardly what somebody meant to apply: empty, cut, or about something else.
#pragma once

#include <filesystem>
#include <string>

#include <wgnl/reconcile.hpp>

#include "formats/reader.hpp"

namespace wgnl::cli {

/// Why the peers that a file does not declare may be meant to stay: it declares none at all, or it
/// has a mistake, and its last line no end. Empty: there is no reason. The reading has a
/// declaration.
std::string doubt_about(const std::filesystem::path& file, const Reading& reading);

/// What a dry run would take from the device, in words: "2 peers". Empty: nothing. A declaration
/// that says nothing takes whatever there is.
std::string taken_by(const Outcome& dry_run, const Declaration& declaration);

} // namespace wgnl::cli
