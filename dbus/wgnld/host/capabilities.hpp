// SPDX-License-Identifier: LGPL-2.1-or-later
// Rights given up once they have served their purpose.
#pragma once

#include <wgnl/error.hpp>

namespace wgnl::daemon {

/// Gives up CAP_NET_RAW for good, in every set of the calling thread: threads that it starts later
/// never have it. Done as well if it was not there.
Result<void> drop_net_raw();

} // namespace wgnl::daemon
