// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl release`: gives an adopted device back to systemd-networkd, without touching a peer.
#include <ostream>

#include <fmt/format.h>

#include "handover_verb.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

std::string what_follows(const std::string& device) {
    return fmt::format(
        "{0} is no longer wgnl's: its peers are kept in step with the file, device and addresses "
        "stay. systemd-networkd takes it at its next restart (\"systemctl restart "
        "systemd-networkd\"), which begins its sessions anew; a reload alone says \"Failed to "
        "create netdev: File exists\" and changes nothing.\n",
        device);
}

} // namespace

Exit release(Environment& environment, const HandoverOptions& options) {
    return hand_over(environment, options,
                     {.verb = "release",
                      .mode = "sync",
                      .already = "does not belong to wgnl",
                      .steps = release_of,
                      .what_follows = what_follows});
}

} // namespace wgnl::cli
