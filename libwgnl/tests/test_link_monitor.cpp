// SPDX-License-Identifier: LGPL-2.1-or-later
// The link monitor hears what happens in a network namespace of the test's own.
#include <wgnl/client.hpp>
#include <wgnl/link_monitor.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <vector>

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <poll.h>

#include <gtest/gtest.h>

#include "client/parts.hpp"
#include "codec/attributes.hpp"
#include "own_namespace.hpp"
#include "patience.hpp"

namespace wgnl {
namespace {

using tests::TunDevice;
using Event = LinkMonitor::Event;

class LinkMonitorTest : public testing::Test {
protected:
    void SetUp() override {
        if (const auto& reason = tests::enter_own_namespace(); !reason.empty())
            GTEST_SKIP() << reason;
        if (const auto reason = tests::tun_refused(); !reason.empty())
            GTEST_SKIP() << reason;
        links_.emplace(*open_netlink(NETLINK_ROUTE));
        monitor_.emplace(*LinkMonitor::open());
    }

    /// Waits for the first event that `wanted` takes; what came before it is forgotten.
    std::optional<Event> await(const std::function<bool(const Event&)>& wanted) {
        for (;;) {
            while (!pending_.empty()) {
                const Event event = pending_.front();
                pending_.erase(pending_.begin());
                if (wanted(event))
                    return event;
            }
            if (!readable(tests::patience_ms))
                return std::nullopt;
            auto drained = monitor_->drain();
            EXPECT_TRUE(drained) << drained.error().to_string();
            pending_ = std::move(drained->events);
        }
    }
    std::optional<Event> await_link(std::string_view name) {
        return await([name](const Event& event) { return event.name == name; });
    }
    bool readable(int milliseconds) const {
        pollfd entry{monitor_->fd(), POLLIN, 0};
        return poll(&entry, 1, milliseconds) > 0;
    }
    std::uint32_t index_of(std::string_view name) { return links_->find(name)->link.ifindex; }
    LinkLayer& links() { return *links_; }
    LinkMonitor& monitor() { return *monitor_; }

    Result<void> change_route(std::uint16_t type, std::uint8_t prefix_length, std::uint32_t oif,
                              std::uint8_t protocol = RTPROT_STATIC) {
        std::array<std::uint8_t, 128> storage{};
        MessageWriter writer(storage);
        writer.begin(type, type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_EXCL : 0);
        rtmsg header{};
        header.rtm_family = AF_INET;
        header.rtm_dst_len = prefix_length;
        header.rtm_table = RT_TABLE_MAIN;
        header.rtm_protocol = protocol;
        header.rtm_scope = RT_SCOPE_LINK;
        header.rtm_type = RTN_UNICAST;
        writer.put_header(header);
        if (prefix_length != 0)
            writer.put<std::uint32_t>(RTA_DST, htonl(0x0a630000));
        writer.put(RTA_OIF, oif);
        auto transport = open_netlink(NETLINK_ROUTE);
        return (*transport)
            ->exchange(writer.finish(), [](Bytes) -> Result<void> { return {}; }, "change a route");
    }

private:
    std::optional<LinkLayer> links_{};
    std::optional<LinkMonitor> monitor_{};
    std::vector<Event> pending_{};
};

TEST_F(LinkMonitorTest, says_nothing_while_nothing_happens) {
    EXPECT_FALSE(readable(0));
    const auto drained = monitor().drain();
    ASSERT_TRUE(drained);
    EXPECT_TRUE(drained->events.empty());
    EXPECT_FALSE(drained->overrun);
}

TEST_F(LinkMonitorTest, a_device_comes_goes_up_and_down_and_goes) {
    TunDevice tun("wgt0");
    const auto index = index_of("wgt0");
    const auto came = await_link("wgt0");
    ASSERT_TRUE(came);
    EXPECT_EQ(came->ifindex, index);
    EXPECT_TRUE(came->wireguard);
    EXPECT_FALSE(came->removed || came->up || came->network);
    ASSERT_TRUE(links().set_up(index, true));
    EXPECT_TRUE(await([&](const Event& event) { return event.name == "wgt0" && event.up; }));
    ASSERT_TRUE(links().set_up(index, false));
    EXPECT_TRUE(await([&](const Event& event) { return event.name == "wgt0" && !event.up; }));
    tun.remove();
    const auto gone = await([](const Event& event) { return event.removed && !event.network; });
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->ifindex, index);
    EXPECT_EQ(gone->name, "wgt0");
}

TEST_F(LinkMonitorTest, other_kinds_are_told_apart) {
    ASSERT_TRUE(links().set_up(1, true));
    const auto event = await_link("lo");
    ASSERT_TRUE(event);
    EXPECT_FALSE(event->wireguard);
    ASSERT_TRUE(links().set_up(1, false));
}

TEST_F(LinkMonitorTest, a_new_name_is_told_with_the_old_one) {
    TunDevice known("wgt0");
    monitor() = *LinkMonitor::open();
    const auto index = index_of("wgt0");
    ASSERT_TRUE(links().rename(index, "wgt1"));
    const auto first = await_link("wgt1");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->renamed_from, "wgt0") << "the name that it had when the monitor was opened";
    EXPECT_EQ(first->ifindex, index);
    EXPECT_FALSE(first->removed || first->moved);
    ASSERT_TRUE(links().set_up(index, true));
    const auto up = await([](const Event& event) { return event.name == "wgt1" && event.up; });
    ASSERT_TRUE(up);
    EXPECT_TRUE(up->renamed_from.empty()) << "told once";
    ASSERT_TRUE(links().set_up(index, false));
    ASSERT_TRUE(links().rename(index, "wgt2"));
    const auto second = await_link("wgt2");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->renamed_from, "wgt1");
}

TEST_F(LinkMonitorTest, a_new_link_with_an_old_index_is_not_a_renamed_one) {
    auto tun = std::make_unique<TunDevice>("wgt0");
    const auto gone = index_of("wgt0");
    tun->remove();
    ASSERT_TRUE(await([&](const Event& event) { return event.removed && event.ifindex == gone; }));
    tun = std::make_unique<TunDevice>("wgt1");
    const auto came = await_link("wgt1");
    ASSERT_TRUE(came);
    EXPECT_TRUE(came->renamed_from.empty());
}

TEST_F(LinkMonitorTest, addresses_are_announced) {
    TunDevice tun("wgt0");
    const auto index = index_of("wgt0");
    const auto address = *InterfaceAddress::parse("10.7.0.1/24");
    ASSERT_TRUE(links().add_address(index, address));
    const auto added = await([](const Event& event) { return event.network; });
    ASSERT_TRUE(added);
    EXPECT_EQ(added->ifindex, index);
    EXPECT_FALSE(added->removed);
    EXPECT_TRUE(added->name.empty());
    ASSERT_TRUE(links().remove_address(index, address));
    EXPECT_TRUE(await([](const Event& event) { return event.network && event.removed; }));
}

TEST_F(LinkMonitorTest, default_routes_are_announced_and_no_others) {
    // No link-local address shall appear in between, at a time of the kernel's choice.
    std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << 1;
    TunDevice tun("wgt0");
    const auto index = index_of("wgt0");
    ASSERT_TRUE(links().set_up(index, true));
    ASSERT_TRUE(links().add_address(index, *InterfaceAddress::parse("10.7.0.1/24")));
    ASSERT_TRUE(await([](const Event& event) { return event.network; }));
    ASSERT_TRUE(change_route(RTM_NEWROUTE, 16, index));
    ASSERT_TRUE(change_route(RTM_NEWROUTE, 0, index));
    ASSERT_TRUE(change_route(RTM_DELROUTE, 16, index));
    ASSERT_TRUE(change_route(RTM_DELROUTE, 0, index));
    const auto is_v4_route = [&](const Event& event) {
        return event.network && event.ifindex == index;
    };
    const auto came = await(is_v4_route);
    ASSERT_TRUE(came);
    EXPECT_FALSE(came->removed);
    const auto went = await(is_v4_route);
    ASSERT_TRUE(went);
    EXPECT_TRUE(went->removed) << "a route of another prefix was announced";
}

TEST_F(LinkMonitorTest, routes_of_ours_that_go_and_static_ones_that_come_name_their_link) {
    std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << 1;
    TunDevice tun("wgt0");
    const auto index = index_of("wgt0");
    ASSERT_TRUE(links().set_up(index, true));
    constexpr std::uint8_t routing_daemon = RTPROT_BIRD;
    for (const auto protocol : {routing_daemon, std::uint8_t{RTPROT_STATIC}, route_protocol}) {
        ASSERT_TRUE(change_route(RTM_NEWROUTE, 16, index, protocol));
        ASSERT_TRUE(change_route(RTM_DELROUTE, 16, index, protocol));
    }
    ASSERT_TRUE(links().add_address(index, *InterfaceAddress::parse("10.7.0.1/24")));
    const auto next = [&] {
        return await([](const Event& event) { return event.route || event.network; });
    };
    for (const bool removed : {false, true}) { // the static one that comes, then ours that goes
        const auto told = next();
        ASSERT_TRUE(told);
        EXPECT_TRUE(told->route && !told->network);
        EXPECT_EQ(told->removed, removed);
        EXPECT_EQ(told->name, "wgt0");
        EXPECT_EQ(told->ifindex, index);
    }
    const auto address = next();
    ASSERT_TRUE(address);
    EXPECT_FALSE(address->route) << "another route was announced";
}

TEST_F(LinkMonitorTest, too_much_at_once_is_an_overrun) {
    TunDevice tun("wgt0");
    const auto index = index_of("wgt0");
    for (int i = 0; i < 2000; ++i)
        ASSERT_TRUE(links().set_mtu(index, 1300 + static_cast<std::uint32_t>(i % 2)));
    bool overrun = false;
    std::size_t largest = 0;
    while (readable(0)) {
        const auto drained = monitor().drain();
        ASSERT_TRUE(drained) << drained.error().to_string();
        overrun = overrun || drained->overrun;
        largest = std::max(largest, drained->events.size());
    }
    EXPECT_TRUE(overrun);
    EXPECT_LE(largest, 1024U);
    ASSERT_TRUE(links().set_up(index, true));
    EXPECT_TRUE(await([](const Event& event) { return event.up; })) << "it goes on afterwards";
}

TEST_F(LinkMonitorTest, moves) {
    LinkMonitor other = std::move(monitor());
    TunDevice tun("wgt0");
    pollfd entry{other.fd(), POLLIN, 0};
    ASSERT_GT(poll(&entry, 1, tests::patience_ms), 0);
    EXPECT_FALSE(other.drain()->events.empty());
}

} // namespace
} // namespace wgnl
