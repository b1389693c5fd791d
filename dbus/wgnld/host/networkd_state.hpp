// SPDX-License-Identifier: LGPL-2.1-or-later
// What systemd-networkd has made of a file of its own: whether it has the device from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/declaration.hpp>
#include <wgnl/state.hpp>

namespace wgnl::daemon {

/// networkd's own folder of states, one file a link, readable by all.
inline constexpr const char* networkd_links = "/run/systemd/netif/links";

/// The .netdev file that networkd has the link from, empty if from none; absent if networkd does
/// not know the link.
std::optional<std::string> netdev_file_of(std::uint32_t ifindex,
                                          const std::string& folder = networkd_links);
/// The same of the content of a state file.
std::string netdev_file_in(std::string_view state);

/// What a state file tells of whose the link is.
enum class Ownership : std::uint8_t {
    by_file,  ///< the .netdev file that networkd made it from, or that it manages it
    by_state, ///< of an older release, which does not say what it made: that networkd knows it
};
/// Whose a link is, as far as networkd has said.
enum class Owner : std::uint8_t {
    networkd, ///< it made the link or manages it
    another,
    unsaid, ///< it has not written a state of the link yet, or not looked at it, or does not run
};
Owner owner_of(std::uint32_t ifindex, Ownership known, const std::string& folder = networkd_links);

/// Whether that release of systemd ("257.13-1") writes the .netdev file into its states: from 257,
/// the first that loads a changed file again, and can fail at it.
bool writes_netdev_files(std::string_view version);

/// Tells how long networkd has been lacking something, so that nobody is alarmed while it works.
class OwnerWatch {
public:
    static constexpr std::chrono::nanoseconds patience = std::chrono::seconds(10);
    enum class Lack : std::uint8_t {
        nothing,
        device, ///< it has not created the link
        file,   ///< it does not have the link from its file
        word,   ///< it has not said whose the link is
    };

    void take(Lack lack, Boottime now);
    /// Once it has lasted; only then anything is to be said.
    std::optional<Problem> problem(const Declaration& declared, Boottime now) const;
    /// When it will have; absent: nothing to wait for.
    std::optional<Boottime> due(Boottime now) const;

private:
    Lack lack_{Lack::nothing};
    Boottime since_{};
};

} // namespace wgnl::daemon
