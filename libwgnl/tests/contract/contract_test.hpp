// SPDX-License-Identifier: LGPL-2.1-or-later
// One device on the ground that the program was built for, and values to fill it with.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "contract/ground.hpp"

namespace wgnl::tests {

using Action = PeerChange::Action;

inline PublicKey key(unsigned number) {
    KeyBytes bytes{};
    bytes[0] = static_cast<std::uint8_t>(number);
    bytes[1] = static_cast<std::uint8_t>(number >> 8);
    bytes[30] = 0x55;
    return PublicKey(bytes);
}

inline AllowedIp prefix(std::string_view text) { return AllowedIp::parse(text).value().value; }

/// 10.x.y.0/24, the `number`th of them.
inline AllowedIp prefix(unsigned number) {
    const std::array<std::uint8_t, 4> bytes = {10, static_cast<std::uint8_t>(number >> 8),
                                               static_cast<std::uint8_t>(number), 0};
    return {IpAddress::v4(bytes), 24};
}

inline std::vector<AllowedIp> prefixes(unsigned count, unsigned first = 0) {
    std::vector<AllowedIp> all;
    for (unsigned i = 0; i < count; ++i)
        all.push_back(prefix(first + i));
    return all;
}

using Prefixes = std::set<AllowedIp>;

/// A device "wgc0" with nothing in it; it is deleted again.
class ContractTest : public ::testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    Client& client() { return *client_; }
    Ground& ground() { return *ground_; }
    Backend backend() const { return ground_->backend(); }
    /// Changes the device; a failure fails the test.
    void set(const DeviceChange& change);
    void set(PeerChange peer) { set(DeviceChange{.peers = {std::move(peer)}}); }
    Device get();
    /// The peer of that key; a test failure and an empty peer if there is none.
    Peer peer(unsigned number);
    Prefixes allowed_ips(unsigned number);

private:
    std::unique_ptr<Ground> ground_;
    std::optional<Client> client_;
};

} // namespace wgnl::tests
