// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices that somebody else made: whether they are taken over, and what of them then counts as
// declared before.
#pragma once

#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/device.hpp>
#include <wgnl/reconcile.hpp>
#include <wgnl/record.hpp>
#include <wgnl/route.hpp>

namespace wgnl {

/// Why the declaration is not known to be about this device; empty: it is.
std::string doubt_about_key(const Declaration& declared, const Device& live);

/// A device that is taken over.
struct Taken {
    const Device& live;
    const Link& link;
    const std::vector<Route>& routes; ///< all through the link
};

/// Its record, as if wg-quick had made it of an earlier text of this declaration: all that it has
/// but its mark, its port, its link and what only commands make. A live endpoint counts as one that
/// is declared by name if it has the declared port, and one of the name's addresses.
Record record_of_taken(const Declaration& declared, const Taken& taken, const TakeOverFacts& how);

/// Why it is not sure what of its routes wg-quick made, or who keeps them; empty: it is.
std::string doubt_about_routes(const Declaration& declared, const Taken& taken,
                               const TakeOverFacts& how);

} // namespace wgnl
