// SPDX-License-Identifier: LGPL-2.1-or-later
// What is hardly meant: routes of allowed IPs that harm the tunnel itself, and files that are
// empty, cut, or about something else.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/reconcile.hpp>

#include "reader.hpp"

namespace wgnl::cli {

/// A warning for each peer whose packets would be led into the tunnel that they make: its endpoint,
/// a number, lies in a prefix that gets a route. Default routes are told apart: see below.
std::vector<Problem> loops_of(const Declaration& declaration);

/// A note for each peer that all traffic of a family is to go to, in a table that every packet is
/// looked up in: wgnl itself sets no such route, whether it is written as one prefix or as its two
/// halves.
std::vector<Problem> default_routes_of(const Declaration& declaration);

/// Why the peers that a file does not declare may be meant to stay: it declares none at all, or it
/// has a mistake, and its last line no end. Empty: there is no reason. The reading has a
/// declaration.
std::string doubt_about(const std::filesystem::path& file, const FileReading& reading);

/// What a dry run would take from the device, in words: "2 peers". Empty: nothing. A declaration
/// that says nothing takes whatever there is.
std::string taken_by(const ReconcileOutcome& dry_run, const Declaration& declaration);

} // namespace wgnl::cli
