// SPDX-License-Identifier: LGPL-2.1-or-later
// A declaration as the text of a .netdev file, with the .network file beside it.
#pragma once

#include <string>
#include <vector>

#include <wgnl/declaration.hpp>
#include <wgnl/secret_text.hpp>

#include "networkd/files/search_path.hpp"

namespace wgnl::networkd {

struct WrittenNetdev {
    SecretText netdev{};   ///< secrets included: for files that others may not read
    std::string network{}; ///< empty if the device has no addresses
    /// What the two cannot say, with the place where it was declared.
    std::vector<Problem> left_out{};
};

/// Pure. What the files can say comes back from the readers as it was. The mode is not written,
/// except for observe: it is told by the folder. So a mode that the folder of the new file does not
/// mean is named; `place` is whose folder that is. A peer with a default route keeps it out of the
/// tables that find its own endpoint, and that is named.
WrittenNetdev to_netdev(const Declaration& declaration, Place place);

} // namespace wgnl::networkd
