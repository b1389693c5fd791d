// SPDX-License-Identifier: LGPL-2.1-or-later
// Accounts of the time that devices waste.
#include "manners.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/stat.h>

namespace wgnl {

namespace {

using std::chrono::milliseconds;

/// What is no waste: a moment, and a second for each 64 KiB.
constexpr milliseconds moment{250};
constexpr std::size_t bytes_in_a_millisecond = 64;
constexpr int forgiven = 10; ///< one part in so many of the time that passes

} // namespace

std::unexpected<Error> UserspaceAttention::failure(const std::string& operation) {
    return fail(Errc::system, operation,
                "the WireGuard program does not answer, or in crumbs: is it stopped? Continue it "
                "(kill -CONT), or delete the link and start it anew. It is asked now and then; "
                "other devices do not wait for it",
                ETIMEDOUT);
}

SocketIdentity SocketIdentity::of(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) < 0)
        return {};
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    return {status.st_ino, status.st_ctim.tv_sec * nanoseconds + status.st_ctim.tv_nsec};
}

Result<UserspacePatience> UserspaceAttention::begin(const std::string& name,
                                                    const SocketIdentity& socket,
                                                    const std::string& operation,
                                                    Clock::time_point now) {
    auto patience = manners_.patience;
    const auto found = accounts_.find(name);
    if (found == accounts_.end())
        return patience;
    if (found->second.socket != socket) {
        accounts_.erase(found);
        return patience;
    }
    if (now < found->second.until)
        return failure(operation);
    if (found->second.silent)
        patience.standstill = std::min(patience.standstill, manners_.standstill_again);
    return patience;
}

void UserspaceAttention::end(const std::string& name, const SocketIdentity& socket, bool timed_out,
                             std::size_t bytes, Clock::time_point begun, Clock::time_point now) {
    const auto spared = moment + milliseconds(bytes / bytes_in_a_millisecond);
    const auto wasted = std::max<Clock::duration>(now - begun - spared, Clock::duration::zero());
    if (wasted == Clock::duration::zero() && !timed_out && !accounts_.contains(name))
        return;
    auto& its = accounts_[name];
    its.socket = socket;
    const auto good = (now - its.at) / forgiven;
    its.wasted = std::max(its.wasted - good, Clock::duration::zero()) + wasted;
    its.at = now;
    its.silent = timed_out;
    its.until = timed_out ? now + manners_.rest : now;
    if (its.wasted > manners_.most_wasted)
        its.until = now + (its.wasted - manners_.most_wasted / 2) * forgiven;
    if (!timed_out && its.wasted == Clock::duration::zero())
        accounts_.erase(name);
}

} // namespace wgnl
