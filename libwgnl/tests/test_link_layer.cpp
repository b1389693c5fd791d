// SPDX-License-Identifier: LGPL-2.1-or-later
// The link layer: the same tests against the fake of rtnetlink and against the kernel's.
#include "client/parts.hpp"

#include <algorithm>
#include <vector>

#include <linux/netlink.h>

#include "link_test.hpp"

namespace wgnl {
namespace {

using tests::FakeRtnetlink;

InterfaceAddress address(std::string_view text) { return *InterfaceAddress::parse(text); }

class LinkLayerTest : public tests::LinkTest {};

INSTANTIATE_TEST_SUITE_P(Fake, LinkLayerTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Kernel, LinkLayerTest, testing::Values(true));

TEST_P(LinkLayerTest, lists_all_kinds) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    const auto all = links.list();
    ASSERT_TRUE(all) << all.error().to_string();
    ASSERT_EQ(all->size(), 2U);
    EXPECT_EQ((*all)[0].link.name, "lo");
    EXPECT_EQ((*all)[0].link.ifindex, 1U);
    EXPECT_FALSE((*all)[0].tun);
    EXPECT_EQ((*all)[1].link.name, "wgt0");
    EXPECT_TRUE((*all)[1].tun);
    EXPECT_FALSE((*all)[1].wireguard);
    EXPECT_FALSE((*all)[1].link.up);
    EXPECT_EQ((*all)[1].link.backend, Backend::userspace);
}

TEST_P(LinkLayerTest, finds_by_name) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    const auto found = links.find("wgt0");
    ASSERT_TRUE(found) << found.error().to_string();
    EXPECT_EQ(found->link, (*links.list())[1].link);
    EXPECT_EQ(links.find("wgt1").error().code(), Errc::not_found);
    EXPECT_EQ(links.find("").error().code(), Errc::invalid_argument);
    EXPECT_EQ(links.find("a/b").error().code(), Errc::invalid_argument);
    EXPECT_EQ(links.find("sixteen-letters!").error().code(), Errc::invalid_argument);
}

TEST_P(LinkLayerTest, goes_up_and_down) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    const auto index = index_of("wgt0");
    for (const bool up : {true, true, false, false}) {
        const auto done = links.set_up(index, up);
        ASSERT_TRUE(done) << done.error().to_string();
        EXPECT_EQ(links.find("wgt0")->link.up, up);
    }
    EXPECT_EQ(links.set_up(4000, true).error().code(), Errc::not_found);
}

TEST_P(LinkLayerTest, sets_the_mtu) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    ASSERT_TRUE(links.set_mtu(index_of("wgt0"), 1380));
    EXPECT_EQ(links.find("wgt0")->link.mtu, 1380U);
    EXPECT_EQ(links.set_mtu(4000, 1380).error().code(), Errc::not_found);
}

TEST_P(LinkLayerTest, adds_and_removes_addresses) {
    machine().add_tun("wgt0");
    machine().add_tun("wgt1");
    auto links = machine().links();
    const auto index = index_of("wgt0");
    const auto v4 = address("10.7.0.1/24");
    const auto v6 = address("fd07::1/64");
    for (const auto& each : {v4, v6, v4, v6}) { // again is fine
        const auto done = links.add_address(index, each);
        ASSERT_TRUE(done) << done.error().to_string();
    }
    EXPECT_EQ(links.find("wgt0")->link.addresses, (std::vector{v4, v6}));
    EXPECT_TRUE(links.find("wgt1")->link.addresses.empty());
    for (const auto& each : {v4, v4}) { // absent is fine
        const auto done = links.remove_address(index, each);
        ASSERT_TRUE(done) << done.error().to_string();
    }
    EXPECT_EQ(links.find("wgt0")->link.addresses, (std::vector{v6}));
    EXPECT_EQ(links.add_address(4000, v4).error().code(), Errc::not_found);
    EXPECT_EQ(links.remove_address(4000, v4).error().code(), Errc::not_found);
}

TEST_P(LinkLayerTest, the_same_address_with_another_prefix_is_another) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    const auto index = index_of("wgt0");
    ASSERT_TRUE(links.add_address(index, address("10.7.0.1/32")));
    ASSERT_TRUE(links.remove_address(index, address("10.7.0.1/24")));
    EXPECT_EQ(links.find("wgt0")->link.addresses, (std::vector{address("10.7.0.1/32")}));
}

TEST_P(LinkLayerTest, removes) {
    machine().add_tun("wgt0");
    auto links = machine().links();
    const auto index = index_of("wgt0");
    const auto done = links.remove(index);
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(links.find("wgt0").error().code(), Errc::not_found);
    EXPECT_EQ(links.remove(index).error().code(), Errc::not_found);
}

TEST_P(LinkLayerTest, creation_differs_for_every_device_of_one_name) {
    std::vector<std::uint64_t> seen;
    for (int i = 0; i < 5; ++i) {
        machine().add_tun("wgt0");
        auto links = machine().links();
        const auto generation = links.find("wgt0")->link.link_generation;
        EXPECT_NE(generation, 0U);
        EXPECT_EQ(links.find("wgt0")->link.link_generation, generation) << "it does not change";
        EXPECT_EQ(std::ranges::count(seen, generation), 0);
        seen.push_back(generation);
        machine().remove_tun("wgt0");
    }
}

TEST_P(LinkLayerTest, refuses_names_before_the_kernel_does) {
    auto links = machine().links();
    EXPECT_EQ(links.create_wireguard("a b").error().code(), Errc::invalid_argument);
    EXPECT_EQ(links.create_wireguard("lo").error().errnum(), EEXIST);
}

TEST(LinkLayerKernel, creates_wireguard_where_the_kernel_has_it) {
    if (const auto& reason = tests::enter_own_namespace(); !reason.empty())
        GTEST_SKIP() << reason;
    LinkLayer links(*open_netlink(NETLINK_ROUTE));
    const auto created = links.create_wireguard("wgt0");
    if (!created) {
        EXPECT_EQ(created.error().code(), Errc::unsupported) << created.error().to_string();
        EXPECT_FALSE(links.find("wgt0"));
        return;
    }
    const auto found = links.find("wgt0");
    EXPECT_TRUE(found->wireguard);
    EXPECT_FALSE(found->tun);
    EXPECT_EQ(found->link.backend, Backend::kernel);
    EXPECT_TRUE(links.remove(found->link.ifindex));
}

TEST(LinkLayerFake, creates_wireguard) {
    FakeRtnetlink fake;
    std::vector<std::string> heard;
    fake.set_hooks({
        .on_create = [&](std::string_view name, std::uint32_t) { heard.emplace_back(name); },
        .on_delete = [&](std::uint32_t ifindex) { heard.push_back(std::to_string(ifindex)); },
        .on_updown = [](std::uint32_t, bool up) { return up ? EADDRINUSE : 0; },
    });
    LinkLayer links(fake.transport());
    ASSERT_TRUE(links.create_wireguard("wg0"));
    const auto found = links.find("wg0");
    EXPECT_TRUE(found->wireguard);
    const auto up = links.set_up(found->link.ifindex, true);
    EXPECT_EQ(up.error().errnum(), EADDRINUSE);
    EXPECT_NE(up.error().detail().find("listen port"), std::string::npos);
    EXPECT_EQ(links.create_wireguard("wg0").error().errnum(), EEXIST);
    ASSERT_TRUE(links.remove(found->link.ifindex));
    EXPECT_EQ(heard, (std::vector<std::string>{"wg0", "2"}));
}

TEST(LinkLayerFake, interrupted_dumps_are_repeated_eight_times) {
    FakeRtnetlink fake;
    fake.add("wg0", "wireguard");
    LinkLayer links(fake.transport());
    fake.interrupt_dumps(8);
    const auto all = links.list();
    ASSERT_TRUE(all) << all.error().to_string();
    EXPECT_EQ(all->size(), 2U) << "nothing is there twice";
    fake.interrupt_dumps(9);
    EXPECT_EQ(links.list().error().code(), Errc::interrupted);
}

TEST(LinkLayerFake, an_alternative_name_is_not_the_name) {
    FakeRtnetlink fake;
    fake.add("wg0", "wireguard");
    ASSERT_EQ(fake.rename(2, "wg1"), 0);
    LinkLayer links(fake.transport());
    EXPECT_EQ(links.find("wg0").error().code(), Errc::not_found);
    EXPECT_TRUE(links.find("wg1"));
}

} // namespace
} // namespace wgnl
