// SPDX-License-Identifier: LGPL-2.1-or-later
// `wgnl adopt`: takes a device over from systemd-networkd, without touching a peer.
#include <ostream>

#include <fmt/format.h>

#include "handover_verb.hpp"
#include "verbs.hpp"

namespace wgnl::cli {
namespace {

std::string what_follows(const std::string& device) {
    return fmt::format("{0} belongs to wgnl now. systemd-networkd passes its .netdev over from its "
                       "next reload or restart on, and goes on with its .network.\n",
                       device);
}

} // namespace

Exit adopt(Environment& environment, const HandoverOptions& options) {
    return hand_over(environment, options,
                     {.verb = "adopt",
                      .mode = "own",
                      .already = "belongs to wgnl already",
                      .steps = adoption_of,
                      .what_follows = what_follows});
}

} // namespace wgnl::cli
