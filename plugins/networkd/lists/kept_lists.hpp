// SPDX-License-Identifier: LGPL-2.1-or-later
// The last good list of each device and name, as it came: so that no older one is taken after it,
// and a machine that starts without the store has its peers.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <wgnl/error.hpp>

namespace wgnl::networkd {

class KeptLists {
public:
    /// `folder` has a file of each; empty: there is none, and nothing outlives this object.
    explicit KeptLists(std::string folder = {}) : folder_(std::move(folder)) {}

    /// With its signature, which is to be verified again. Absent: none was ever good. Why, in
    /// words, if that cannot be known.
    std::expected<std::optional<std::string>, std::string> find(std::string_view device,
                                                                std::string_view name) const;
    /// From now on find() has this one, also where it cannot be written, which is the error.
    Result<void> keep(const std::string& device, const std::string& name, std::string text);

    /// The file of one; for messages.
    std::string path_of(std::string_view device, std::string_view name) const;

private:
    std::string folder_;
    std::map<std::pair<std::string, std::string>, std::string> fresh_{}; ///< kept by this object
};

} // namespace wgnl::networkd
