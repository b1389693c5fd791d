// SPDX-License-Identifier: LGPL-2.1-or-later
// One conversation with a userspace implementation over its socket.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <wgnl/error.hpp>

#include "base/fd.hpp"
#include "protocol.hpp"

namespace wgnl {

/// How long an exchange may take.
struct UserspacePatience {
    std::chrono::milliseconds standstill{10'000}; ///< without a single byte in either direction
    std::chrono::milliseconds idle{30'000};       ///< beyond one second for each 64 KiB
    std::chrono::milliseconds whole{300'000};
};

/// A connection for one request: after an error an implementation may leave the rest of the request
/// in the stream, so no connection is used twice.
class UserspaceSocket {
public:
    /// not_found if there is no socket or nobody behind it (then `detail` says which);
    /// permission_denied if it is another user's.
    static Result<UserspaceSocket> connect(std::string_view directory, std::string_view name,
                                           std::string_view operation,
                                           const UserspacePatience& patience = {});

    /// Sends the request and reads its reply; system/ETIMEDOUT if the other side stands still or
    /// goes on without an end.
    /// What was received is wiped.
    Result<Device> exchange(std::string_view request, std::string_view name);

private:
    UserspaceSocket(UniqueFd fd, std::string_view operation, const UserspacePatience& patience)
        : fd_(std::move(fd)), operation_(operation), patience_(patience) {}

    Result<void> wait(short events);
    Result<void> check_time() const;
    void moved(std::size_t bytes);
    Result<void> send(std::string_view request);
    Result<void> receive(UserspaceReply& reply);
    std::unexpected<Error> failed(int errnum) const;

    UniqueFd fd_;
    std::string operation_;
    UserspacePatience patience_;
    std::chrono::steady_clock::time_point end_{};  ///< of the exchange
    std::chrono::steady_clock::time_point idle_{}; ///< its end, if no more is moved
};

} // namespace wgnl
