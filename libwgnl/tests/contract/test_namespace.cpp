// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract of Client in other network namespaces than the caller's; on real kernels only.
#include <cerrno>

#include "contract/namespace_contract.hpp"

namespace wgnl::tests {
namespace {

TEST_F(NamespaceContract, EveryCallWorksThereAndNothingHappensHere) {
    expect(away().links().create("wgc1", backend()));
    expect(away().devices().set("wgc1", some_peer()));
    expect(away().links().set_up("wgc1", true));
    expect(away().links().set_mtu("wgc1", 1300));
    expect(away().addresses().set("wgc1", {InterfaceAddress::parse("10.9.0.1/24").value()}));
    expect(away().routes().set("wgc1", {{prefix("10.8.0.0/16")}}));

    const auto device = away().devices().get("wgc1");
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->peers.size(), 1U);
    const auto link = away().links().get("wgc1");
    ASSERT_TRUE(link) << link.error().to_string();
    EXPECT_EQ(link->ifindex, device->ifindex);
    EXPECT_EQ(link->mtu, 1300U);
    EXPECT_NE(link->link_generation, 0U);
    EXPECT_EQ(away().routes().list("wgc1")->size(), 1U);
    EXPECT_EQ(client().links().get("wgc1").error().code(), Errc::not_found);
    expect(away().links().remove("wgc1"));
    EXPECT_EQ(away().links().get("wgc1").error().code(), Errc::not_found);
}

TEST_F(NamespaceContract, AMovedDeviceKeepsItsPeersAndIsGoneHere) {
    set(some_peer());
    const auto generation = client().links().get("wgc0")->link_generation;

    expect(client().links().move("wgc0", there()));

    EXPECT_EQ(client().links().get("wgc0").error().code(), Errc::not_found);
    EXPECT_EQ(client().links().move("wgc0", there()).error().code(), Errc::not_found);
    const auto device = away().devices().get("wgc0");
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->peers.size(), 1U);
    EXPECT_EQ(away().links().get("wgc0")->link_generation, generation);
    EXPECT_FALSE(away().links().get("wgc0")->up);
}

TEST_F(NamespaceContract, ADeviceIsThereAndItsSocketsAreHere) {
    const auto here = Namespace::current().value();
    expect(away().links().create("wgc1", {.backend = backend(), .sockets = here}));
    EXPECT_EQ(client().links().get("wgc1").error().code(), Errc::not_found);
    expect(away().links().set_up("wgc1", true));
    expect(away().devices().set("wgc1", {.listen_port = 51997}));

    // Two devices with their sockets in one namespace cannot have one port, wherever they are.
    auto refused = client().devices().set("wgc0", {.listen_port = 51997});
    if (refused)
        refused = client().links().set_up("wgc0", true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errnum(), EADDRINUSE) << refused.error().to_string();
    EXPECT_EQ(away().devices().get("wgc1")->listen_port, 51997);
}

} // namespace
} // namespace wgnl::tests
