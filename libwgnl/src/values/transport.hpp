// SPDX-License-Identifier: LGPL-2.1-or-later
// The seam between codec and kernel: one request out, its replies back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include <wgnl/error.hpp>

namespace wgnl {

using Bytes = std::span<const std::uint8_t>;

/// Called once for each reply message (nlmsghdr included, complete, within bounds). The memory is
/// wiped after the call. An error stops the exchange and is returned from it.
using ReplySink = std::function<Result<void>(Bytes message)>;

/// One netlink socket, or a fake of the kernel behind it.
class Transport {
public:
    virtual ~Transport() = default;

    /// Sends one request message (nlmsghdr included; sequence and port id are filled in here) and
    /// hands every data reply up to the ACK or NLMSG_DONE to `sink`. Kernel errors of NLMSG_ERROR
    /// and of NLMSG_DONE come back with the extended ack's text; replies of other sequences or
    /// ports are passed over; a truncated datagram is `protocol`; NLM_F_DUMP_INTR anywhere makes
    /// the result `interrupted` (after draining), so a sink's gatherings must then be thrown away.
    /// `operation` names the call in errors.
    virtual Result<void> exchange(std::span<std::uint8_t> request, const ReplySink& sink,
                                  std::string_view operation) = 0;
};

/// Opens a libmnl socket of `protocol` (NETLINK_GENERIC, NETLINK_ROUTE) in this thread's namespace.
Result<std::unique_ptr<Transport>> open_netlink(int protocol);

} // namespace wgnl
