// SPDX-License-Identifier: LGPL-2.1-or-later
// One device in the test's own network namespace, and a second namespace beside it.
#pragma once

#include <optional>

#include "contract/contract_test.hpp"
#include "own_namespace.hpp"

namespace wgnl::tests {

/// "wgc0" is in the test's own namespace; there is a second one.
class NamespaceContract : public ContractTest {
protected:
    void SetUp() override {
        ContractTest::SetUp();
        if (IsSkipped() || HasFatalFailure())
            return;
        there_ = make_namespace();
        away_.emplace(Client::open({.network_namespace = *there_}).value());
    }
    void TearDown() override {
        for (const auto* name : {"wgc0", "wgc1"})
            EXPECT_TRUE(!away_ || !away_->links().get(name) || away_->links().remove(name));
        ContractTest::TearDown();
    }
    Client& away() { return *away_; }
    const Namespace& there() const { return *there_; }
    void leave_there() {
        away_.reset();
        there_.reset();
    }
    static DeviceChange some_peer() {
        return {.peers = {{.public_key = key(1), .action = Action::add}}};
    }

private:
    std::optional<Namespace> there_{};
    std::optional<Client> away_{};
};

inline void expect(const Result<void>& done) { EXPECT_TRUE(done) << done.error().to_string(); }

} // namespace wgnl::tests
