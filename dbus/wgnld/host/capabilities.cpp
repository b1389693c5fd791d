// SPDX-License-Identifier: LGPL-2.1-or-later
// capabilities(7), through the system calls: it takes less than a library would.
#include "capabilities.hpp"

#include <array>
#include <cerrno>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace wgnl::daemon {

Result<void> drop_net_raw() {
    constexpr auto index = CAP_TO_INDEX(CAP_NET_RAW);
    constexpr auto bit = CAP_TO_MASK(CAP_NET_RAW);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_NET_RAW, 0, 0);
    bool done = syscall(SYS_capget, &header, sets.data()) == 0;
    sets[index].effective &= ~bit;
    sets[index].permitted &= ~bit;
    sets[index].inheritable &= ~bit;
    done = done && syscall(SYS_capset, &header, sets.data()) == 0;
    if (!done)
        return std::unexpected(Error::from_errno(errno, "drop CAP_NET_RAW"));
    return {};
}

} // namespace wgnl::daemon
