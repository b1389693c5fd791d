// SPDX-License-Identifier: LGPL-2.1-or-later
// A change sent so that a part of it that is refused stops no other part.
#pragma once

#include <optional>
#include <string>

#include <wgnl/client.hpp>
#include <wgnl/device.hpp>
#include <wgnl/error.hpp>

namespace wgnl {

/// What was refused of a change, each in the words of who refused it.
struct Refusals {
    std::optional<Error> private_key{};
    std::optional<Error> fwmark{};
    std::optional<Error> listen_port{};
    std::optional<Error> peers{};

    /// One of them; null if nothing was refused.
    const Error* first() const;
};

/// Sends the change in as few messages as that takes. Whoever takes it stops at the first thing
/// that it refuses: then each field of the device and the peers are sent apart, once.
Refusals send_change(Client& client, const std::string& device, const DeviceChange& change);

} // namespace wgnl
