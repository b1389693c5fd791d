// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract on wireguard-go, in a network namespace and with a /run of its own.
#include <unistd.h>

#include "contract/ground.hpp"
#include "own_namespace.hpp"

namespace wgnl::tests {
namespace {

bool is_installed(const std::string& program) {
    for (const char* folder : {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/"})
        if (access((folder + program).c_str(), X_OK) == 0)
            return true;
    return false;
}

class UserspaceGround final : public Ground {
public:
    std::string missing() override {
        if (!is_installed("wireguard-go"))
            return "wireguard-go is not installed";
        if (auto reason = tun_refused(); !reason.empty())
            return reason;
        return enter_own_namespace();
    }
    Backend backend() const override { return Backend::userspace; }
    Result<Client> client() override { return Client::open(); }
};

} // namespace

std::unique_ptr<Ground> make_ground() { return std::make_unique<UserspaceGround>(); }

} // namespace wgnl::tests
