// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading CLOCK_BOOTTIME.
#include <wgnl/state.hpp>

#include <ctime>

namespace wgnl {

BoottimeClock::time_point BoottimeClock::now() noexcept {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return time_point(std::chrono::seconds(now.tv_sec) + duration(now.tv_nsec));
}

} // namespace wgnl
