// SPDX-License-Identifier: LGPL-2.1-or-later
// The link layer: names, routes, and addresses that are in each other's way.
#include <algorithm>
#include <vector>

#include <linux/rtnetlink.h>

#include "link_test.hpp"

namespace wgnl {
namespace {

InterfaceAddress address(std::string_view text) { return *InterfaceAddress::parse(text); }

Route route(std::string_view destination, std::uint32_t metric = 0, std::uint32_t table = 254) {
    return {AllowedIp::parse(destination).value().value, table, metric};
}

class LinkChanges : public tests::LinkTest {
protected:
    /// A link of that name that is up, without the addresses that the kernel makes.
    std::uint32_t add_link(const std::string& name) {
        machine().add_tun(name);
        const auto index = index_of(name);
        EXPECT_TRUE(machine().links().set_up(index, true));
        return index;
    }
    std::vector<Route> ours(std::uint32_t index) {
        auto routes = machine().links().routes(index, route_protocol).value();
        std::ranges::sort(routes);
        return routes;
    }
};

INSTANTIATE_TEST_SUITE_P(Fake, LinkChanges, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Kernel, LinkChanges, testing::Values(true));

TEST_P(LinkChanges, ALinkIsRenamedAndStaysTheSame) {
    machine().add_tun("wgt0");
    machine().add_tun("wgt1");
    auto links = machine().links();
    const auto before = links.find("wgt0")->link;

    const auto renamed = links.rename(before.ifindex, "wgt2");

    ASSERT_TRUE(renamed) << renamed.error().to_string();
    EXPECT_EQ(links.find("wgt0").error().code(), Errc::not_found);
    EXPECT_EQ(links.find("wgt2")->link.ifindex, before.ifindex);
    EXPECT_EQ(links.find("wgt2")->link.link_generation, before.link_generation);
    const auto taken = links.rename(before.ifindex, "wgt1");
    EXPECT_EQ(taken.error().errnum(), EEXIST);
    EXPECT_NE(taken.error().detail().find("exists already"), std::string::npos);
    EXPECT_EQ(links.rename(before.ifindex, "a/b").error().code(), Errc::invalid_argument);
    EXPECT_EQ(links.rename(4000, "wgt3").error().code(), Errc::not_found);
}

TEST_P(LinkChanges, TheExistenceOfALinkIsAskedByItsIndex) {
    machine().add_tun("wgt0");
    auto links = machine().links();

    EXPECT_EQ(links.exists(index_of("wgt0")).value(), true);
    EXPECT_EQ(links.exists(4000).value(), false);
}

TEST_P(LinkChanges, RoutesOfEveryTableFamilyAndMetricAreReadBack) {
    const auto index = add_link("wgt0");
    auto links = machine().links();
    const std::vector all{route("0.0.0.0/0", 5, 70000), route("10.70.0.0/16"),
                          route("10.70.0.0/16", 50),    route("::/0", 7, 1000),
                          route("fd70::/64"),           route("fd70::1/128", 50, 255)};
    for (const auto& each : all) {
        const auto added = links.add_route(index, each);
        ASSERT_TRUE(added) << added.error().to_string();
    }

    auto expected = all;
    expected[4].metric = 1024;
    std::ranges::sort(expected);
    EXPECT_EQ(ours(index), expected);

    for (const auto& each : all)
        EXPECT_TRUE(links.remove_route(index, each));
    EXPECT_TRUE(ours(index).empty());
    EXPECT_TRUE(links.remove_route(index, all[0])) << "absent is fine";
}

TEST_P(LinkChanges, ARouteOfOneMetricGoesAloneWhereAnotherStays) {
    const auto index = add_link("wgt0");
    auto links = machine().links();
    ASSERT_TRUE(links.add_route(index, route("10.70.0.0/16")));
    ASSERT_TRUE(links.add_route(index, route("10.70.0.0/16", 50)));

    ASSERT_TRUE(links.remove_route(index, route("10.70.0.0/16")));

    EXPECT_EQ(ours(index), std::vector{route("10.70.0.0/16", 50)});
}

TEST_P(LinkChanges, ARouteThatAnotherLinkHasIsRefusedInWords) {
    const auto first = add_link("wgt0");
    const auto second = add_link("wgt1");
    auto links = machine().links();
    for (const auto& each : {route("10.70.0.0/16"), route("fd70::/64")}) {
        ASSERT_TRUE(links.add_route(first, each));

        const auto refused = links.add_route(second, each);

        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().errnum(), EEXIST);
        EXPECT_NE(refused.error().detail().find("another link"), std::string::npos);
    }
    EXPECT_TRUE(ours(second).empty());
}

TEST_P(LinkChanges, ALinkThatIsDownTakesNoRouteAndSaysSo) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    for (const auto& each : {route("10.70.0.0/16"), route("fd70::/64")}) {
        const auto refused = links.add_route(index_of("wgt0"), each);

        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().errnum(), ENETDOWN) << refused.error().to_string();
        EXPECT_NE(refused.error().detail().find("set it up"), std::string::npos);
    }
    EXPECT_EQ(links.add_route(4000, route("10.0.0.0/8")).error().code(), Errc::not_found);
}

TEST_P(LinkChanges, RoutesGoWithTheLinkWhenItGoesDown) {
    const auto index = add_link("wgt0");
    auto links = machine().links();
    ASSERT_TRUE(links.add_route(index, route("10.70.0.0/16")));
    ASSERT_TRUE(links.add_route(index, route("fd70::/64")));

    ASSERT_TRUE(links.set_up(index, false));

    EXPECT_TRUE(ours(index).empty());
}

TEST_P(LinkChanges, AnIpv6AddressIsThereOnceWhateverItsPrefixLength) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    const auto index = index_of("wgt0");
    ASSERT_TRUE(links.add_address(index, address("fd70::1/128")));

    const auto refused = links.add_address(index, address("fd70::1/64"));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errnum(), EEXIST);
    EXPECT_NE(refused.error().detail().find("fd70::1/128"), std::string::npos);
    EXPECT_TRUE(links.add_address(index, address("10.70.0.1/32")));
    EXPECT_TRUE(links.add_address(index, address("10.70.0.1/24")));
}

TEST_P(LinkChanges, AddressesTellWhoMadeThem) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    const auto index = index_of("wgt0");
    ASSERT_TRUE(links.add_address(index, address("fe80::70/64")));

    const auto live = links.addresses(index);

    ASSERT_TRUE(live);
    ASSERT_EQ(live->size(), 1U);
    EXPECT_EQ(live->front().value, address("fe80::70/64"));
    EXPECT_EQ(live->front().protocol, route_protocol);
    EXPECT_TRUE(address_changes({address("fe80::70/64")}, *live).empty());
    EXPECT_EQ(address_changes({}, *live).remove, std::vector{address("fe80::70/64")});
}

TEST(LinkChangesKernel, WhatTheKernelMadeIsNotOurs) {
    if (const auto& reason = tests::enter_own_namespace(); !reason.empty())
        GTEST_SKIP() << reason;
    LinkLayer links(*open_netlink(NETLINK_ROUTE));
    const tests::TunDevice tun("wgt0");
    ASSERT_TRUE(tun.exists());
    const auto index = links.find("wgt0")->link.ifindex;
    ASSERT_TRUE(links.add_address(index, address("10.70.0.1/24")));
    ASSERT_TRUE(links.set_up(index, true));

    EXPECT_TRUE(links.routes(index, route_protocol)->empty());
    const auto all = links.routes(index);
    ASSERT_TRUE(all) << all.error().to_string();
    const Route connected{route("10.70.0.0/24").destination, 254, 0, RTPROT_KERNEL};
    EXPECT_EQ(std::ranges::count(*all, connected), 1);
    EXPECT_TRUE(route_changes({route("10.70.0.0/24")}, *all).empty());
    const auto addresses = links.addresses(index);
    ASSERT_TRUE(addresses) << addresses.error().to_string();
    for (const auto& each : *addresses)
        EXPECT_TRUE(!each.value.address.is_link_local() || address_changes({}, {each}).empty())
            << each.value.to_string();
}

} // namespace
} // namespace wgnl
