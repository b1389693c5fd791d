// SPDX-License-Identifier: LGPL-2.1-or-later
// What the verbs of wg, wg-quick and other tools are here; slips of the fingers.
#include "verbs.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <wgnl/text.hpp>

#include "terminal/format.hpp"

namespace wgnl::cli {
namespace {

struct Foreign {
    std::string_view verb;
    std::string_view advice;
};
constexpr std::string_view from_a_file =
    "\"wgnl apply FILE\" makes a device as a file says; \"wgnl diff FILE\" shows before what that "
    "changes";
constexpr std::array foreign{
    Foreign{"help", "\"wgnl --help\" lists the verbs, \"wgnl VERB --help\" the options of one, "
                    "\"man wgnl\" explains them"},
    Foreign{"version", "\"wgnl --version\" prints it"},
    Foreign{"up", "\"wgnl apply FILE\" brings a device up as a file of wg-quick says; where "
                  "systemd-networkd or NetworkManager owns it, \"networkctl up DEV\" and \"nmcli "
                  "connection up NAME\" do"},
    Foreign{"down", "\"ip link delete DEV\" ends a device that \"wgnl apply\" made; where "
                    "systemd-networkd or NetworkManager owns it, \"networkctl down DEV\" and "
                    "\"nmcli connection down NAME\" do"},
    Foreign{"set", from_a_file},
    Foreign{"setconf", from_a_file},
    Foreign{"addconf", from_a_file},
    Foreign{"syncconf", from_a_file},
    Foreign{"showconf", "\"wgnl show DEV\" prints what a device has; \"wgnl convert FROM TO\" "
                        "writes a file in another format"},
    Foreign{"dump", "\"wgnl show DEV --json\" prints everything for programs"},
    Foreign{"strip", "\"wgnl convert FROM.conf TO.json\" leaves out what is of wg-quick alone"},
    Foreign{"import", "\"nmcli connection import type wgnl file FILE\" makes a profile of a file; "
                      "\"wgnl convert FROM TO\" any other format"},
    Foreign{"restart",
            "an edit is live when the file is saved; \"wgnl reconcile DEV\" compares and "
            "repairs at once"},
    Foreign{"reload", "an edit is live when the file is saved; \"wgnl reconcile DEV\" compares and "
                      "repairs at once"},
};

/// The nearest if a slip or two lead to it, or the only one that begins so; else empty.
std::string_view meant(std::string_view typed, std::span<const std::string> verbs) {
    constexpr std::size_t most_slips = 2;
    const auto far = [&](const std::string& verb) { return edit_distance(typed, verb); };
    const auto nearest = std::ranges::min_element(verbs, {}, far);
    if (nearest == verbs.end() || typed.empty())
        return {};
    if (far(*nearest) <= std::min(most_slips, typed.size() / 2))
        return *nearest;
    const auto begins = [&](const std::string& verb) { return verb.starts_with(typed); };
    const auto first = std::ranges::find_if(verbs, begins);
    return std::ranges::count_if(verbs, begins) == 1 ? std::string_view(*first)
                                                     : std::string_view();
}

} // namespace

std::string hint_for_verb(std::string_view typed, std::span<const std::string> verbs) {
    const auto* known = std::ranges::find(foreign, typed, &Foreign::verb);
    std::string advice;
    if (known != foreign.end())
        advice = known->advice;
    else if (const auto verb = meant(typed, verbs); !verb.empty())
        advice = fmt::format("did you mean \"wgnl {}\"?", verb);
    else
        advice = fmt::format("there are {}", fmt::join(verbs, ", "));
    return fmt::format("there is no verb \"{}\"; {}", excerpt(printable(typed)), advice);
}

} // namespace wgnl::cli
