// SPDX-License-Identifier: LGPL-2.1-or-later
// The state files of systemd-networkd and NetworkManager, one a link.
#include "link_owner.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "base/io.hpp"
#include "base/text.hpp"

#include <wgnl/declaration.hpp>

namespace wgnl::cli {
namespace {

std::string owner_in_networkd(std::string_view state) {
    const auto made_from = rest_of_line(state, "NETDEV_FILE=");
    if (!made_from.empty())
        return fmt::format("systemd-networkd made it from {0}: change that file, then run "
                           "\"networkctl reload\"; to have wgnl keep it, run \"networkctl delete\" "
                           "for it and move the file away",
                           printable(made_from));
    const auto configured_by = rest_of_line(state, "NETWORK_FILE=");
    const auto admin = rest_of_line(state, "ADMIN_STATE=");
    if (configured_by.empty() && (admin == "unmanaged" || admin.empty()))
        return {};
    if (configured_by.empty() && admin == "pending")
        return "systemd-networkd has not said yet whether it manages it (\"networkctl\" shows "
               "it as pending); try again when it has";
    return fmt::format("systemd-networkd configures it by {}: change that file, then run "
                       "\"networkctl reload\", or have it say Unmanaged=yes in [Link]",
                       configured_by.empty() ? "a .network file" : printable(configured_by));
}

std::string owner_in_network_manager(std::string_view state) {
    const auto connection = rest_of_line(state, "connection-uuid=");
    return connection.empty()
               ? std::string()
               : fmt::format(
                     "NetworkManager has it from the connection {0}: change that, by "
                     "\"nmcli connection modify {0}\", or run \"nmcli connection down {0}\" "
                     "first",
                     printable(connection));
}

std::string look(const std::string& path, std::string (*owner_in)(std::string_view)) {
    constexpr std::size_t largest = std::size_t{1} << 20;
    const auto state = read_regular_file(path, largest, "read");
    if (state)
        return owner_in(state->view());
    const int error = state.error().errnum();
    return error == ENOENT || error == ENOTDIR
               ? std::string()
               : fmt::format("who owns it cannot be told: {}", state.error().to_string());
}

} // namespace

std::string owner_of_link(std::uint32_t ifindex, const OwnerFolders& folders) {
    auto owner = look(fmt::format("{}/{}", folders.networkd, ifindex), owner_in_networkd);
    return owner.empty() ? look(fmt::format("{}/{}", folders.network_manager, ifindex),
                                owner_in_network_manager)
                         : owner;
}

} // namespace wgnl::cli
