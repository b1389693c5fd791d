// SPDX-License-Identifier: LGPL-2.1-or-later
// How programs that do not answer are treated: they may not take the time of other devices.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include <wgnl/error.hpp>

#include "socket.hpp"

namespace wgnl {

struct UserspaceManners {
    UserspacePatience patience{};
    /// Of a program that was silent when it was asked last.
    std::chrono::milliseconds standstill_again{500};
    std::chrono::milliseconds rest{4'500}; ///< until it is asked again
    /// What a device may waste with slow answers; a tenth of the time that passes is forgiven.
    std::chrono::milliseconds most_wasted{30'000};
};

/// One program's socket: another one that takes its place begins anew.
struct SocketIdentity {
    std::uint64_t inode{};
    std::int64_t changed{}; ///< ns

    static SocketIdentity of(const std::string& path);
    bool operator==(const SocketIdentity&) const = default;
};

/// Of each device, by name: whether it is asked now, and how patiently.
class UserspaceAttention {
public:
    using Clock = std::chrono::steady_clock;
    explicit UserspaceAttention(const UserspaceManners& manners) : manners_(manners) {}

    /// Fails (system, ETIMEDOUT) while the device is left alone.
    Result<UserspacePatience> begin(const std::string& name, const SocketIdentity& socket,
                                    const std::string& operation, Clock::time_point now);
    /// It was asked at `begun`, and so many bytes were exchanged by now.
    void end(const std::string& name, const SocketIdentity& socket, bool timed_out,
             std::size_t bytes, Clock::time_point begun, Clock::time_point now);
    /// One text for every such failure: a problem that changes with each attempt would be news.
    static std::unexpected<Error> failure(const std::string& operation);

private:
    struct Account {
        SocketIdentity socket{};
        Clock::duration wasted{};
        Clock::time_point at{};    ///< of `wasted`
        Clock::time_point until{}; ///< left alone
        bool silent{false};
    };
    UserspaceManners manners_;
    std::map<std::string, Account> accounts_{}; ///< of those only that waste time
};

} // namespace wgnl
