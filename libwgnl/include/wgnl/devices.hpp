// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices: what WireGuard itself has of a device, read and changed.
#pragma once

#include <cstdint>
#include <string_view>

#include <wgnl/device.hpp>
#include <wgnl/error.hpp>

namespace [[gnu::visibility("default")]] wgnl {

/// What a Client is made of: the library's own.
struct [[gnu::visibility("hidden")]] ClientParts;

/// The face of a Client for keys, ports and peers. A view: copied as a pointer is, good for as long
/// as its client lives, wherever that is moved to meanwhile.
class Devices {
public:
    /// A complete, consistent reading; an interrupted dump is repeated up to 8 times, then
    /// `interrupted`; never partial data: a device that goes meanwhile is not_found.
    Result<Device> get(std::string_view name);
    /// Carries out a change in order, each message acknowledged before the next. On an error what
    /// came before stays applied; the error carries the kernel's own words. Each message names the
    /// device: one that is deleted, renamed or moved in between is not_found.
    Result<void> set(std::string_view name, const DeviceChange& change);

    /// For the changes of this client that follow; what exceeds a message by itself is split inside
    /// a peer.
    void set_limits(const BatchLimits& limits);
    /// SET messages sent so far by this client: what "nothing to do" and "one small message" mean.
    std::uint64_t set_messages() const noexcept;

    /// For Client and the library's tests: nothing of it is exported.
    [[gnu::visibility("hidden")]] explicit Devices(ClientParts& parts) noexcept : parts_(&parts) {}

private:
    ClientParts* parts_;
};

} // namespace wgnl
