// SPDX-License-Identifier: LGPL-2.1-or-later
// The claims of the ledger in a file under /run, so that a restarted adapter knows which file had
// declared a device that it finds no file for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "networkd/service/declared_devices.hpp"

namespace wgnl::networkd {

/// One line a claim: "MODE DEVICE PATH". A path with a line break is left out.
std::string format_claims(const std::vector<Claim>& claims);
/// Lines that are no claims are passed over.
std::vector<Claim> parse_claims(std::string_view text);

/// Empty if there is no such file.
std::vector<Claim> load_claims(const std::string& path);
/// Replaces the file in one step; does nothing if it says the same already.
Result<void> save_claims(const std::string& path, const std::vector<Claim>& claims);

} // namespace wgnl::networkd
