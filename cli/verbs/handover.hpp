// SPDX-License-Identifier: LGPL-2.1-or-later
// Handing a device of a .netdev file over between systemd-networkd and wgnl: which files say so.
#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <wgnl/error.hpp>

#include "source/view.hpp"

namespace wgnl::cli {

/// A file that says who owns a device.
struct FileStep {
    std::filesystem::path path{};
    std::string text{}; ///< what it is to say; empty: it is removed
};

/// The machine whose files are meant.
struct HandoverPlace {
    std::filesystem::path root{"/"};

    bool has_network_manager() const;
    std::filesystem::path dropin_of(const DeviceView& device) const;
    std::filesystem::path snippet_of(const std::string& device) const;
};

/// What makes wgnl the owner of a device that systemd-networkd has. `device` is null if there is
/// none of that name. No steps: it is so already.
Result<std::vector<FileStep>> adoption_of(const std::string& name, const DeviceView* device,
                                          const HandoverPlace& place);
/// What gives it back: removes what adoption_of() had written.
Result<std::vector<FileStep>> release_of(const std::string& name, const DeviceView* device,
                                         const HandoverPlace& place);

/// Prints what would be written and removed.
void print_steps(std::ostream& out, const std::vector<FileStep>& steps);
/// Writes and removes, each file in one step; a folder that is left empty goes too. `operation` is
/// for errors.
Result<void> carry_out(const std::vector<FileStep>& steps, const std::string& operation);

} // namespace wgnl::cli
