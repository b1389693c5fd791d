// SPDX-License-Identifier: LGPL-2.1-or-later
// Network namespaces on the kernel: found, told apart, and worked in from outside.
#include <wgnl/client.hpp>
#include <wgnl/link_monitor.hpp>
#include <wgnl/network_namespace.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <gtest/gtest.h>

#include <wgnl/reconcile.hpp>

#include "base/fd.hpp"
#include "client/parts.hpp"
#include "links/layer.hpp"
#include "netlink/inside.hpp"
#include "own_namespace.hpp"
#include "patience.hpp"

namespace wgnl {
namespace {

using tests::make_namespace;
using tests::TunDevice;

class NamespaceTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (const auto& reason = tests::enter_own_namespace(); !reason.empty())
            GTEST_SKIP() << reason;
        if (const auto reason = tests::tun_refused(); !reason.empty())
            GTEST_SKIP() << reason;
        here_ = Namespace::current().value();
        there_ = make_namespace();
    }
    void TearDown() override {
        EXPECT_TRUE(!here_ || Namespace::current().value() == *here_) << "the thread was moved";
    }
    const Namespace& here() const { return *here_; }
    const Namespace& there() const { return *there_; }

    /// As `ip netns add` would leave it.
    static void give_name(const Namespace& which, const std::string& name) {
        std::filesystem::create_directories("/run/netns");
        const auto path = "/run/netns/" + name;
        std::ofstream{path};
        const auto source = "/proc/self/fd/" + std::to_string(which.fd());
        ASSERT_EQ(mount(source.c_str(), path.c_str(), nullptr, MS_BIND, nullptr), 0);
    }
    static LinkLayer links_in(const Namespace& where) {
        return LinkLayer(inside(where, [] { return open_netlink(NETLINK_ROUTE); }).value());
    }

private:
    std::optional<Namespace> here_{};
    std::optional<Namespace> there_{};
};

TEST_F(NamespaceTest, IsFoundByNamePathAndDescriptor) {
    give_name(there(), "blue");

    EXPECT_EQ(Namespace::open("blue").value(), there());
    EXPECT_EQ(Namespace::open("blue")->name(), "blue");
    EXPECT_EQ(Namespace::open("/run/netns/blue").value(), there());
    EXPECT_EQ(Namespace::from_fd(there().fd()).value(), there());
    EXPECT_EQ(Namespace::open("/proc/thread-self/ns/net").value(), here());
    EXPECT_FALSE(here() == there());
}

TEST_F(NamespaceTest, WhatIsNoneIsRefusedInWords) {
    const auto missing = Namespace::open("no-such-one");
    EXPECT_EQ(missing.error().code(), Errc::not_found);
    EXPECT_NE(missing.error().to_string().find("ip netns list"), std::string::npos);
    EXPECT_EQ(Namespace::open("/proc/0/ns/net").error().code(), Errc::not_found);
    EXPECT_EQ(Namespace::open("/dev/null").error().code(), Errc::invalid_argument);
    EXPECT_EQ(Namespace::open("/proc/self/ns/mnt").error().code(), Errc::invalid_argument);
    for (const auto* name : {"", ".", ".."})
        EXPECT_EQ(Namespace::open(name).error().code(), Errc::invalid_argument) << name;
    EXPECT_EQ(Namespace::from_fd(-1).error().errnum(), EBADF);
}

TEST_F(NamespaceTest, HasANumberOfItsOwn) {
    const auto ours = here().id();
    const auto theirs = there().id();

    ASSERT_TRUE(ours && theirs);
    EXPECT_NE(*ours, *theirs);
    EXPECT_EQ(*there().id(), *theirs);
    EXPECT_NE(make_namespace().id().value(), make_namespace().id().value());
}

TEST_F(NamespaceTest, HasRecordsOfItsOwn) {
    const auto of_init = Namespace::open("/proc/1/ns/net");
    const Namespace first = of_init.value_or(here());
    const Record record{.device = "wg0"};
    const auto ours = RecordStore::of(here()).value();
    const auto theirs = RecordStore::of(there()).value();

    ASSERT_TRUE(theirs.save(record));

    EXPECT_TRUE(theirs.load("wg0").value());
    EXPECT_FALSE(ours.load("wg0").value());
    EXPECT_FALSE(RecordStore::of(first)->load("wg0").value());
    EXPECT_TRUE(RecordStore::of(there())->load("wg0").value());
    EXPECT_TRUE(RecordStore("/run/wgnl").devices()->empty());
    ASSERT_TRUE(RecordStore::of(first)->save(record));
    EXPECT_TRUE(RecordStore("/run/wgnl").load("wg0").value());
}

/// What was applied there is revoked there, also by a program that never heard of of().
TEST_F(NamespaceTest, RecordsOfAClientAreThoseOfItsNamespace) {
    const Record record{.device = "wg0", .ifindex = 77, .source = "command"};
    const auto theirs = RecordStore::of(there()).value();
    const RecordStore ours("/run/wgnl");
    ASSERT_TRUE(theirs.save(record));
    ASSERT_TRUE(ours.save(record));
    auto client = Client::open({.network_namespace = there()});
    ASSERT_TRUE(client) << client.error().to_string();

    ASSERT_TRUE(withdraw(*client, RecordStore(), "wg0"));

    EXPECT_FALSE(theirs.load("wg0").value());
    EXPECT_TRUE(ours.load("wg0").value()) << "a device of the same name in another namespace";
}

TEST_F(NamespaceTest, WithoutPrivilegesItCannotBeEnteredAndSaysSo) {
    std::optional<Result<Client>> client;
    std::thread([&] {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct none[2]{};
        EXPECT_EQ(syscall(SYS_capset, &header, none), 0);
        client.emplace(Client::open({.network_namespace = there()}));
    }).join();

    ASSERT_FALSE(*client);
    EXPECT_EQ(client->error().code(), Errc::permission_denied);
    EXPECT_NE(client->error().detail().find("CAP_SYS_ADMIN"), std::string::npos);
}

TEST_F(NamespaceTest, LinksOfAnotherAreReadAndChangedFromHere) {
    const TunDevice tun("wgt0");
    auto links = links_in(here());
    const auto index = links.find("wgt0")->link.ifindex;

    ASSERT_TRUE(links.move(index, there()));

    EXPECT_EQ(links.find("wgt0").error().code(), Errc::not_found);
    EXPECT_EQ(links.exists(index).value(), false);
    auto other = links_in(there());
    const auto moved = other.find("wgt0");
    ASSERT_TRUE(moved) << moved.error().to_string();
    EXPECT_TRUE(other.set_mtu(moved->link.ifindex, 1300));
    EXPECT_EQ(other.find("wgt0")->link.mtu, 1300U);
    const TunDevice second("wgt0");
    const auto taken = links.move(links.find("wgt0")->link.ifindex, there());
    EXPECT_EQ(taken.error().errnum(), EEXIST);
    EXPECT_NE(taken.error().detail().find("there already"), std::string::npos);
}

TEST_F(NamespaceTest, ACreationIsKnownFromOutsideAndStaysOnTheWay) {
    const TunDevice tun("wgt0");
    auto links = links_in(here());
    const auto before = links.find("wgt0")->link;
    ASSERT_NE(before.link_generation, 0U);
    ASSERT_TRUE(links.move(before.ifindex, there()));

    const UniqueFd sysfs =
        inside(there(), []() -> Result<UniqueFd> { return mount_sysfs(); }).value();

    EXPECT_EQ(link_generation_of("wgt0", links_in(there()).find("wgt0")->link.ifindex, sysfs.get()),
              before.link_generation);
    EXPECT_EQ(link_generation_of("wgt0", 4000, sysfs.get()), 0U);
    EXPECT_EQ(link_generation_of("wgt1", 4, sysfs.get()), 0U);
    EXPECT_EQ(link_generation_of("wgt0", 1, -1), 0U);
}

TEST_F(NamespaceTest, ALinkThatMovesAwayIsToldAsRemovedAndMoved) {
    auto monitor = LinkMonitor::open().value();
    auto other = LinkMonitor::open({.network_namespace = there()}).value();
    const TunDevice tun("wgt0");
    auto links = links_in(here());
    ASSERT_TRUE(links.move(links.find("wgt0")->link.ifindex, there()));

    const auto told = [](LinkMonitor& by,
                         const std::function<bool(const LinkMonitor::Event&)>& is) {
        pollfd entry{by.fd(), POLLIN, 0};
        while (poll(&entry, 1, tests::patience_ms) > 0) {
            const auto drained = by.drain().value();
            if (std::ranges::any_of(drained.events, is))
                return true;
        }
        return false;
    };
    EXPECT_TRUE(told(monitor, [](const auto& event) {
        return event.name == "wgt0" && event.removed && event.moved;
    }));
    EXPECT_TRUE(told(other, [](const auto& event) {
        return event.name == "wgt0" && event.wireguard && !event.removed;
    }));
}

} // namespace
} // namespace wgnl
