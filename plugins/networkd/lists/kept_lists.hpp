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

/// Why it cannot be known what was kept.
struct KeptListLack {
    std::string why{};
    bool is_forbidden{false}; ///< to whoever asks
};

class KeptLists {
public:
    /// `folder` has a file of each; empty: there is none, and nothing outlives this object.
    explicit KeptLists(std::string folder = {}) : folder_(std::move(folder)) {}

    /// With its signature, which is to be verified again. Absent: none was ever good, or somebody
    /// removed it.
    std::expected<std::optional<std::string>, KeptListLack> find(std::string_view device,
                                                                 std::string_view name) const;
    /// From now on find() has this one, also where it cannot be written, which is the error: then
    /// it is held here until retry() has written it.
    Result<void> keep(const std::string& device, const std::string& name, std::string text);
    /// Writes what could not be written.
    void retry();
    /// Why this one is not written, in words; empty: it is.
    std::string why_unwritten(std::string_view device, std::string_view name) const;
    bool has_unwritten() const noexcept { return !folder_.empty() && !unwritten_.empty(); }

    /// The file of one; for messages.
    std::string path_of(std::string_view device, std::string_view name) const;

private:
    struct Unwritten {
        std::string text{};
        std::string why{};
    };
    std::string folder_;
    std::map<std::pair<std::string, std::string>, Unwritten> unwritten_{};
};

} // namespace wgnl::networkd
