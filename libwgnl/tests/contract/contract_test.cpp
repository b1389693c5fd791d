// SPDX-License-Identifier: LGPL-2.1-or-later
// One device on the ground that the program was built for.
#include "contract/contract_test.hpp"

#include <algorithm>

namespace wgnl::tests {

void ContractTest::SetUp() {
    ground_ = make_ground();
    if (const std::string reason = ground_->missing(); !reason.empty())
        GTEST_SKIP() << reason;
    auto client = ground_->client();
    ASSERT_TRUE(client) << client.error().to_string();
    client_.emplace(*std::move(client));
    const auto created = client_->links().create("wgc0", backend());
    ASSERT_TRUE(created) << created.error().to_string();
}

void ContractTest::TearDown() {
    if (!client_ || !client_->links().get("wgc0"))
        return;
    const auto removed = client_->links().remove("wgc0");
    EXPECT_TRUE(removed) << removed.error().to_string();
}

void ContractTest::set(const DeviceChange& change) {
    const auto done = client().devices().set("wgc0", change);
    EXPECT_TRUE(done) << done.error().to_string();
}

Device ContractTest::get() {
    auto device = client().devices().get("wgc0");
    EXPECT_TRUE(device) << device.error().to_string();
    return device ? *std::move(device) : Device{};
}

Peer ContractTest::peer(unsigned number) {
    const Device device = get();
    const auto found = std::ranges::find(device.peers, key(number), &Peer::public_key);
    EXPECT_NE(found, device.peers.end()) << "peer " << number << " is not there";
    return found == device.peers.end() ? Peer{} : *found;
}

Prefixes ContractTest::allowed_ips(unsigned number) {
    const Peer found = peer(number);
    return {found.allowed_ips.begin(), found.allowed_ips.end()};
}

} // namespace wgnl::tests
