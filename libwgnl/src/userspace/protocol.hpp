// SPDX-License-Identifier: LGPL-2.1-or-later
// The cross-platform configuration protocol of WireGuard: text ↔ values, without any socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <wgnl/device.hpp>
#include <wgnl/key.hpp>
#include <wgnl/secret_text.hpp>

#include "values/device_backend.hpp"

namespace wgnl {

inline constexpr std::string_view userspace_get_request = "get=1\n\n";

/// Takes one whole request ("set=1" … blank line); the text is valid during the call only.
using RequestSink = std::function<Result<void>(std::string_view request)>;

/// Writes a change as one or more set requests, each within `limits` and in order. A peer may be
/// cut between two of them. An error of the sink stops the writing and is returned, but for EINVAL
/// to the request that tries `removal`, which becomes what the implementation can: before 2025 none
/// knows how to take a single prefix from a peer. invalid_argument if a handshake is to be
/// triggered and there is no keepalive to come back to.
Result<void> write_userspace_change(const DeviceChange& change, const BatchLimits& limits,
                                    const RequestSink& sink, PrefixRemoval& removal);

/// Gathers one reply, in whatever pieces it arrives.
class UserspaceReply {
public:
    /// `operation` names the call in errors.
    UserspaceReply(std::string device_name, std::string operation);

    /// `protocol` for text that is no reply, that does not end, or that goes on behind its end. No
    /// error repeats what was received.
    Result<void> feed(std::string_view bytes);
    bool complete() const noexcept { return complete_; }
    /// The device (empty after a set request), or the error that `errno=` stands for; `protocol` if
    /// the reply is not complete, or tells of one peer twice.
    Result<Device> take() &&;

private:
    Result<void> read_line(std::string_view line);
    Result<void> read_field(std::string_view key, std::string_view value);
    bool read_device_field(std::string_view key, std::string_view value);
    bool read_peer_field(std::string_view key, std::string_view value);
    Result<void> begin_peer(std::string_view value);
    Result<void> malformed(std::string_view key) const;

    std::string operation_;
    Device device_{};
    SecretText partial_{}; ///< a line whose end has not arrived
    std::optional<int> errnum_{};
    bool complete_{false};
};

} // namespace wgnl
