// SPDX-License-Identifier: LGPL-2.1-or-later
// What the contract of Client is tested on: a fake, wireguard-go, or the kernel.
#pragma once

#include <memory>
#include <string>

#include <wgnl/client.hpp>

namespace wgnl::tests {

/// A network namespace without any WireGuard device.
class Ground {
public:
    virtual ~Ground() = default;
    /// Why nothing can be tested here, for the person who reads the skipped tests; else empty.
    virtual std::string missing() = 0;
    virtual Backend backend() const = 0;
    virtual Result<Client> client() = 0;
};

/// Each of the programs defines its own.
std::unique_ptr<Ground> make_ground();

} // namespace wgnl::tests
