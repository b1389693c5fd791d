// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract on the running kernel, in a network namespace of its own.
#include "client/kernel_backend.hpp"
#include "client/parts.hpp"
#include "contract/ground.hpp"
#include "own_namespace.hpp"

#include <linux/netlink.h>

namespace wgnl::tests {
namespace {

class KernelGround final : public Ground {
public:
    std::string missing() override {
        if (const std::string& reason = enter_own_namespace(); !reason.empty())
            return reason;
        auto transport = open_netlink(NETLINK_GENERIC);
        if (!transport)
            return transport.error().to_string();
        const auto backend = open_kernel_backend(*std::move(transport));
        return backend ? std::string() : backend.error().to_string();
    }
    Backend backend() const override { return Backend::kernel; }
    Result<Client> client() override { return Client::open(); }
};

} // namespace

std::unique_ptr<Ground> make_ground() { return std::make_unique<KernelGround>(); }

} // namespace wgnl::tests
