// SPDX-License-Identifier: LGPL-2.1-or-later
// networkd's state files, and what is said of a device that it lacks.
#include "networkd_state.hpp"

#include "base/io.hpp"
#include "base/text.hpp"
#include <fmt/format.h>

namespace wgnl::daemon {

namespace {

constexpr int first_version = 257;

/// Absent: networkd does not know the link.
std::optional<std::string> state_of(std::uint32_t ifindex, const std::string& folder) {
    constexpr std::size_t largest = std::size_t{1} << 20;
    const auto text = read_regular_file(fmt::format("{}/{}", folder, ifindex), largest, "read");
    return text ? std::optional<std::string>(text->view()) : std::nullopt;
}

std::string text_of(OwnerWatch::Lack lack, const std::string& device) {
    if (lack == OwnerWatch::Lack::word)
        return fmt::format("{0} exists, and systemd-networkd has not said yet whether it manages "
                           "it; until then it is left alone (\"networkctl status {0}\")",
                           device);
    if (lack == OwnerWatch::Lack::device)
        return fmt::format(
            "systemd-networkd has not created {0} from this file: \"networkctl reload\" makes it "
            "read the file, and \"journalctl -u systemd-networkd\" says why it refuses one; where "
            "systemd-networkd is not used, Adopt=yes in /etc/wgnl/networkd.conf has wgnl create "
            "{0}",
            device);
    return fmt::format(
        "systemd-networkd does not have {0} from this file: it passed the file over, or failed to "
        "load it (\"Failed to create netdev: File exists\"; \"journalctl -u systemd-networkd\" "
        "says which). The peers are kept as declared all the same. \"systemctl restart "
        "systemd-networkd\" makes it take {0} again, \"wgnl adopt {0}\" gives {0} to wgnl",
        device);
}

} // namespace

std::string netdev_file_in(std::string_view state) {
    return std::string(rest_of_line(state, "NETDEV_FILE="));
}

std::optional<std::string> netdev_file_of(std::uint32_t ifindex, const std::string& folder) {
    const auto state = state_of(ifindex, folder);
    return state ? std::optional(netdev_file_in(*state)) : std::nullopt;
}

Owner owner_of(std::uint32_t ifindex, Ownership known, const std::string& folder) {
    const auto state = state_of(ifindex, folder);
    if (!state)
        return Owner::unsaid;
    if (known == Ownership::by_state || !netdev_file_in(*state).empty())
        return Owner::networkd;
    const auto admin = rest_of_line(*state, "ADMIN_STATE=");
    if (admin.empty() || admin == "pending")
        return Owner::unsaid;
    return admin == "unmanaged" ? Owner::another : Owner::networkd;
}

bool writes_netdev_files(std::string_view version) {
    return take_number<int>(version).value_or(0) >= first_version;
}

void OwnerWatch::take(Lack lack, Boottime now) {
    if (lack != lack_)
        since_ = now;
    lack_ = lack;
}

std::optional<Problem> OwnerWatch::problem(const Declaration& declared, Boottime now) const {
    if (lack_ == Lack::nothing || now < since_ + patience)
        return std::nullopt;
    const auto severity = lack_ == Lack::word ? Severity::note : Severity::warning;
    return Problem{severity, declared.location, text_of(lack_, declared.device)};
}

std::optional<Boottime> OwnerWatch::due(Boottime now) const {
    const bool waits = lack_ != Lack::nothing && now < since_ + patience;
    return waits ? std::optional(since_ + patience) : std::nullopt;
}

} // namespace wgnl::daemon
