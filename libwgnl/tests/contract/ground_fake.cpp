// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract on the fake of the kernel.
#include "contract/ground.hpp"
#include "fake_system.hpp"

namespace wgnl::tests {
namespace {

class FakeGround final : public Ground {
public:
    std::string missing() override { return {}; }
    Backend backend() const override { return Backend::kernel; }
    Result<Client> client() override { return system_.open(); }

private:
    testing::FakeSystem system_;
};

} // namespace

std::unique_ptr<Ground> make_ground() { return std::make_unique<FakeGround>(); }

} // namespace wgnl::tests
