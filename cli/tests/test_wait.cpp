// SPDX-License-Identifier: LGPL-2.1-or-later
// The condition of `wgnl wait`.
#include "wait_condition.hpp"

#include <gtest/gtest.h>

namespace wgnl::cli {
namespace {

std::vector<DeviceView> devices() {
    DeviceView device{.name = "wg0"};
    device.peers = {{.public_key = "A=", .name = "laptop", .state = "established"},
                    {.public_key = "B=", .name = "phone", .state = "never"}};
    return {device};
}

TEST(IsFulfilled, ByAnyPeer) { EXPECT_TRUE(is_fulfilled({.device = "wg0"}, devices())); }

TEST(IsFulfilled, ByTheNamedPeerAlone) {
    EXPECT_TRUE(is_fulfilled({.device = "wg0", .peer = "laptop"}, devices()));
    EXPECT_TRUE(is_fulfilled({.device = "wg0", .peer = "A="}, devices()));
    EXPECT_FALSE(is_fulfilled({.device = "wg0", .peer = "phone"}, devices()));
    EXPECT_FALSE(is_fulfilled({.device = "wg0", .peer = "nobody"}, devices()));
}

TEST(IsFulfilled, ByAllPeersOnlyIfThereAreSome) {
    auto all = devices();
    EXPECT_FALSE(is_fulfilled({.device = "wg0", .all_peers = true}, all));

    all[0].peers.pop_back();
    EXPECT_TRUE(is_fulfilled({.device = "wg0", .all_peers = true}, all));

    all[0].peers.clear();
    EXPECT_FALSE(is_fulfilled({.device = "wg0", .all_peers = true}, all));
}

TEST(IsFulfilled, NotByAnotherDevice) { EXPECT_FALSE(is_fulfilled({.device = "wg1"}, devices())); }

} // namespace
} // namespace wgnl::cli
