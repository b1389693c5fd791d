// SPDX-License-Identifier: LGPL-2.1-or-later
// The contract of Client: addresses and routes by difference, names, and devices that go.
#include <algorithm>
#include <cerrno>

#include "contract/contract_test.hpp"

namespace wgnl::tests {
namespace {

class LinkContract : public ContractTest {
protected:
    static InterfaceAddress address(std::string_view text) {
        return InterfaceAddress::parse(text).value();
    }
    static Route route(std::string_view destination, std::uint32_t metric = 0,
                       std::uint32_t table = main_table) {
        return {prefix(destination), table, metric};
    }
    void set_addresses(const std::vector<InterfaceAddress>& wanted) {
        const auto done = client().addresses().set("wgc0", wanted);
        EXPECT_TRUE(done) << done.error().to_string();
    }
    void set_routes(const std::vector<Route>& wanted) {
        const auto done = client().routes().set("wgc0", wanted);
        EXPECT_TRUE(done) << done.error().to_string();
    }
    /// Sorted; without the link-local ones that the kernel gives to some kinds of link.
    std::vector<InterfaceAddress> addresses() {
        auto all = client().links().get("wgc0")->addresses;
        std::erase_if(all, [](const auto& each) { return each.address.is_link_local(); });
        std::ranges::sort(all);
        return all;
    }
    std::vector<Route> routes() {
        auto all = client().routes().list("wgc0").value();
        std::ranges::sort(all);
        return all;
    }
    void add_peer() { set({.public_key = key(1), .action = Action::add}); }
};

TEST_F(LinkContract, AddressesBecomeWhatIsWanted) {
    ASSERT_TRUE(client().links().set_up("wgc0", true));
    set_addresses({address("10.9.0.1/24"), address("fd00:9::1/128")});
    set_addresses({address("10.9.0.2/24"), address("fd00:9::1/64"), address("fd00:9::2/64")});

    EXPECT_EQ(addresses(), (std::vector{address("10.9.0.2/24"), address("fd00:9::1/64"),
                                        address("fd00:9::2/64")}));
    set_addresses({});
    EXPECT_TRUE(addresses().empty());
}

TEST_F(LinkContract, RoutesBecomeWhatIsWanted) {
    ASSERT_TRUE(client().links().set_up("wgc0", true));
    set_routes({route("10.9.0.0/16"), route("0.0.0.0/0", 0, 70000), route("::/0", 0, 70000)});
    EXPECT_EQ(routes(), (std::vector{route("0.0.0.0/0", 0, 70000), route("10.9.0.0/16"),
                                     route("::/0", 1024, 70000)}));

    set_routes({route("10.9.0.0/16", 50), route("fd00:9::/64")});
    EXPECT_EQ(routes(), (std::vector{route("10.9.0.0/16", 50), route("fd00:9::/64", 1024)}));
    set_routes({});
    EXPECT_TRUE(routes().empty());
}

TEST_F(LinkContract, TheRouteOfAnAddressServesAndStays) {
    ASSERT_TRUE(client().links().set_up("wgc0", true));
    const auto done = client().routes().set("wgc0", {route("10.9.0.0/24")});
    ASSERT_TRUE(done) << done.error().to_string();
    set_routes({});
    set_addresses({address("10.9.0.1/24")});

    set_routes({route("10.9.0.0/16")});

    EXPECT_EQ(routes(), std::vector{route("10.9.0.0/16")});
    EXPECT_EQ(addresses(), std::vector{address("10.9.0.1/24")});
}

TEST_F(LinkContract, ADeviceThatIsDownTakesNoRoute) {
    const auto done = client().routes().set("wgc0", {route("10.9.0.0/16")});

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errnum(), ENETDOWN);
}

TEST_F(LinkContract, ARenamedDeviceKeepsItsPeersAndIsNotFoundUnderItsOldName) {
    add_peer();
    const auto generation = client().links().get("wgc0")->link_generation;
    const auto renamed = client().links().rename("wgc0", "wgc1");
    if (backend() == Backend::userspace) {
        EXPECT_EQ(renamed.error().code(), Errc::unsupported);
        return;
    }
    ASSERT_TRUE(renamed) << renamed.error().to_string();

    EXPECT_EQ(client().devices().get("wgc1")->peers.size(), 1U);
    EXPECT_EQ(client().links().get("wgc1")->link_generation, generation);
    EXPECT_EQ(client().devices().get("wgc0").error().code(), Errc::not_found);
    EXPECT_EQ(client().devices().set("wgc0", {.fwmark = 1}).error().code(), Errc::not_found);
    EXPECT_EQ(client().routes().set("wgc0", {}).error().code(), Errc::not_found);
    EXPECT_TRUE(client().links().rename("wgc1", "wgc0"));
}

TEST_F(LinkContract, ADeviceThatIsUpIsRenamedOrTheErrorSaysHow) {
    add_peer();
    ASSERT_TRUE(client().links().set_up("wgc0", true));
    const auto renamed = client().links().rename("wgc0", "wgc1");
    if (!renamed) { // a userspace device, or Linux before 6.2
        EXPECT_EQ(renamed.error().code(), Errc::unsupported) << renamed.error().to_string();
        EXPECT_EQ(client().devices().get("wgc0")->peers.size(), 1U);
        return;
    }
    EXPECT_TRUE(client().links().get("wgc1")->up);
    EXPECT_EQ(client().devices().get("wgc1")->peers.size(), 1U);
    EXPECT_TRUE(client().links().rename("wgc1", "wgc0"));
}

TEST_F(LinkContract, ATakenNameIsRefused) {
    if (backend() == Backend::kernel) {
        EXPECT_EQ(client().links().rename("wgc0", "lo").error().errnum(), EEXIST);
        EXPECT_EQ(client().links().rename("wgc0", "a b").error().code(), Errc::invalid_argument);
    }
    EXPECT_EQ(client().links().rename("wgc1", "wgc2").error().code(), Errc::not_found);
}

TEST_F(LinkContract, WhatAnotherDeletesIsNotFoundByWhoUsedIt) {
    add_peer();
    auto other = ground().client();
    ASSERT_TRUE(other && other->links().remove("wgc0"));

    EXPECT_EQ(client().devices().get("wgc0").error().code(), Errc::not_found);
    EXPECT_EQ(client().devices().set("wgc0", {.fwmark = 1}).error().code(), Errc::not_found);
    EXPECT_EQ(client().addresses().set("wgc0", {}).error().code(), Errc::not_found);
    EXPECT_EQ(client().routes().list("wgc0").error().code(), Errc::not_found);
    EXPECT_EQ(client().links().rename("wgc0", "wgc1").error().code(), Errc::not_found);
}

} // namespace
} // namespace wgnl::tests
