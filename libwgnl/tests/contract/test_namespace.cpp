// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract of Client in other network namespaces than the caller's; on real kernels only.
#include <cerrno>

#include "contract/namespace_contract.hpp"

namespace wgnl::tests {
namespace {

TEST_F(NamespaceContract, EveryCallWorksThereAndNothingHappensHere) {
    expect(away().create("wgc1", backend()));
    expect(away().set("wgc1", some_peer()));
    expect(away().set_up("wgc1", true));
    expect(away().set_mtu("wgc1", 1300));
    expect(away().set_addresses("wgc1", {InterfaceAddress::parse("10.9.0.1/24").value()}));
    expect(away().set_routes("wgc1", {{prefix("10.8.0.0/16")}}));

    const auto device = away().get("wgc1");
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->peers.size(), 1U);
    const auto link = away().link("wgc1");
    ASSERT_TRUE(link) << link.error().to_string();
    EXPECT_EQ(link->ifindex, device->ifindex);
    EXPECT_EQ(link->mtu, 1300U);
    EXPECT_NE(link->creation, 0U);
    EXPECT_EQ(away().routes("wgc1")->size(), 1U);
    EXPECT_EQ(client().link("wgc1").error().code(), Errc::not_found);
    expect(away().remove("wgc1"));
    EXPECT_EQ(away().link("wgc1").error().code(), Errc::not_found);
}

TEST_F(NamespaceContract, AMovedDeviceKeepsItsPeersAndIsGoneHere) {
    set(some_peer());
    const auto creation = client().link("wgc0")->creation;

    expect(client().move("wgc0", there()));

    EXPECT_EQ(client().link("wgc0").error().code(), Errc::not_found);
    EXPECT_EQ(client().move("wgc0", there()).error().code(), Errc::not_found);
    const auto device = away().get("wgc0");
    ASSERT_TRUE(device) << device.error().to_string();
    EXPECT_EQ(device->peers.size(), 1U);
    EXPECT_EQ(away().link("wgc0")->creation, creation);
    EXPECT_FALSE(away().link("wgc0")->up);
}

TEST_F(NamespaceContract, ADeviceIsThereAndItsSocketsAreHere) {
    const auto here = Namespace::current().value();
    expect(away().create("wgc1", {.backend = backend(), .sockets = here}));
    EXPECT_EQ(client().link("wgc1").error().code(), Errc::not_found);
    expect(away().set_up("wgc1", true));
    expect(away().set("wgc1", {.listen_port = 51997}));

    // Two devices with their sockets in one namespace cannot have one port, wherever they are.
    auto refused = client().set("wgc0", {.listen_port = 51997});
    if (refused)
        refused = client().set_up("wgc0", true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errnum(), EADDRINUSE) << refused.error().to_string();
    EXPECT_EQ(away().get("wgc1")->listen_port, 51997);
}

} // namespace
} // namespace wgnl::tests
