// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of Client: which back end gets a call, and what is made of the answers.
#include <cerrno>

#include <gtest/gtest.h>

#include "fake_system.hpp"
#include "no_more_descriptors.hpp"
#include "set_view.hpp"

namespace wgnl {
namespace {

using testing::FakeSystem;
using Action = PeerChange::Action;

PublicKey key(unsigned number) {
    KeyBytes bytes{};
    bytes[0] = static_cast<std::uint8_t>(number);
    bytes[1] = static_cast<std::uint8_t>(number >> 8);
    bytes[31] = 1;
    return PublicKey(bytes);
}

AllowedIp prefix(std::string_view text) { return AllowedIp::parse(text).value().value; }

DeviceChange peers(unsigned count) {
    DeviceChange change;
    for (unsigned i = 0; i < count; ++i)
        change.peers.push_back({.public_key = key(i), .action = Action::add});
    return change;
}

/// One device in userspace; remembers what it was told.
class OneUserspaceDevice final : public DeviceBackend {
public:
    explicit OneUserspaceDevice(std::string name) : name_(std::move(name)) {}

    Result<Device> get(std::string_view name) override {
        if (name != name_)
            return fail(Errc::not_found, "find a socket", "there is none");
        return Device{.name = name_, .backend = Backend::userspace};
    }
    Result<void> set(std::string_view name, const DeviceChange&, const BatchLimits&) override {
        if (name != name_)
            return fail(Errc::not_found, "find a socket", "there is none");
        ++sets_;
        return {};
    }
    std::uint64_t set_messages() const noexcept override { return sets_; }

private:
    std::string name_;
    std::uint64_t sets_{};
};

Client client_with_utun(FakeSystem& system) {
    auto parts = std::make_unique<ClientParts>();
    parts->kernel = std::make_unique<KernelBackend>(system.kernel.transport());
    parts->userspace = std::make_unique<OneUserspaceDevice>("utun");
    parts->links = std::make_unique<LinkLayer>(system.rtnetlink.transport());
    system.rtnetlink.add("utun", "tun");
    return Client(std::move(parts));
}

class ClientTest : public ::testing::Test {
protected:
    ClientTest() { EXPECT_TRUE(client_.links().create("wg0")); }
    tests::FakeKernel::Live& live() { return *system_.kernel.find("wg0"); }

    FakeSystem system_;
    Client client_{system_.open()};
};

TEST_F(ClientTest, AnInterruptedDumpIsRepeatedEightTimes) {
    system_.kernel.interrupt_dumps(8);

    EXPECT_TRUE(client_.devices().get("wg0"));
    EXPECT_EQ(system_.kernel.dumps(), 9U);
}

TEST_F(ClientTest, AndNoMore) {
    system_.kernel.interrupt_dumps(1000);

    const auto device = client_.devices().get("wg0");

    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().code(), Errc::interrupted);
    EXPECT_EQ(system_.kernel.dumps(), 9U);
}

TEST_F(ClientTest, AnErrorAtTheEndOfADumpIsAnError) {
    system_.kernel.fail_dump({ENOMEM, "no room for the dump"});

    const auto device = client_.devices().get("wg0");

    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().errnum(), ENOMEM);
    EXPECT_NE(device.error().to_string().find("no room for the dump"), std::string::npos);
}

TEST_F(ClientTest, WithoutPrivilegesNothingCanBeReadOrSet) {
    system_.kernel.set_privileged(false);

    EXPECT_EQ(client_.devices().get("wg0").error().code(), Errc::permission_denied);
    EXPECT_EQ(client_.devices().set("wg0", peers(1)).error().code(), Errc::permission_denied);
}

TEST_F(ClientTest, ADeviceThatIsNowhereIsNotFound) {
    EXPECT_EQ(client_.devices().get("wg1").error().code(), Errc::not_found);
    EXPECT_EQ(client_.devices().set("wg1", peers(1)).error().code(), Errc::not_found);
    EXPECT_EQ(client_.links().get("wg1").error().code(), Errc::not_found);
    EXPECT_EQ(client_.links().remove("wg1").error().code(), Errc::not_found);
}

TEST_F(ClientTest, ANameThatNoDeviceCanHaveIsAnInvalidArgument) {
    EXPECT_EQ(client_.devices().get("a/b").error().code(), Errc::invalid_argument);
    EXPECT_EQ(client_.devices().set("", peers(1)).error().code(), Errc::invalid_argument);
    EXPECT_EQ(client_.links().create("more than 15 bytes").error().code(), Errc::invalid_argument);
}

TEST_F(ClientTest, AnEmptyChangeSendsNothing) {
    EXPECT_TRUE(client_.devices().set("wg0", {}));
    EXPECT_EQ(client_.devices().set_messages(), 0U);
    EXPECT_TRUE(system_.kernel.sets().empty());
}

TEST_F(ClientTest, AFailureStopsAChangeInItsMiddle) {
    system_.kernel.fail_set(1, {ENOMEM, "enough"});

    const auto done = client_.devices().set("wg0", peers(100));

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().operation(), "set device wg0");
    EXPECT_NE(done.error().detail().find("enough"), std::string::npos);
    EXPECT_EQ(live().device.peers.size(), 32U);
    EXPECT_EQ(client_.devices().set_messages(), 2U);
}

TEST_F(ClientTest, LimitsDecideHowMuchGoesIntoAMessage) {
    client_.devices().set_limits({.new_or_removed_peers = 10});

    ASSERT_TRUE(client_.devices().set("wg0", peers(100)));

    EXPECT_EQ(client_.devices().set_messages(), 10U);
}

TEST_F(ClientTest, ADeviceIsEmptiedBeforeItIsDeleted) {
    ASSERT_TRUE(client_.devices().set("wg0", peers(100)));
    system_.kernel.forget_sets();

    ASSERT_TRUE(client_.links().remove("wg0"));

    ASSERT_EQ(system_.kernel.sets().size(), 4U);
    EXPECT_EQ(system_.kernel.sets()[0].removed, 32U);
    EXPECT_EQ(system_.kernel.sets()[3].removed, 4U);
    EXPECT_EQ(system_.kernel.find("wg0"), nullptr);
}

TEST_F(ClientTest, ALinkOfAnotherKindIsNeitherShownNorDeleted) {
    ASSERT_EQ(system_.rtnetlink.add("dummy0", "dummy"), 0);
    ASSERT_EQ(system_.rtnetlink.add("tun0", "tun"), 0);

    EXPECT_EQ(client_.links().list()->size(), 1U);
    EXPECT_EQ(client_.links().get("dummy0").error().code(), Errc::not_found);
    EXPECT_EQ(client_.links().remove("tun0").error().code(), Errc::not_found);
    EXPECT_NE(system_.rtnetlink.find("tun0"), nullptr);
}

TEST_F(ClientTest, ALookThatFailedFindsNeitherADeviceNorNone) {
    ASSERT_EQ(system_.rtnetlink.add("tun0", "tun"), 0);
    const tests::NoMoreDescriptors none;

    EXPECT_EQ(client_.links().get("tun0").error().errnum(), EMFILE);
    EXPECT_EQ(client_.links().list().error().errnum(), EMFILE);
    EXPECT_TRUE(client_.links().get("wg0")) << "its link tells of it";
}

TEST_F(ClientTest, ALinkThatWouldNotBeCreatedCanBeReadAndRemoved) {
    ASSERT_EQ(system_.rtnetlink.add("wg$(id)", "wireguard"), 0);

    EXPECT_EQ(client_.links().list()->front().name, "wg$(id)");
    EXPECT_TRUE(client_.devices().get("wg$(id)"));
    EXPECT_TRUE(client_.devices().set("wg$(id)", peers(1)));
    EXPECT_TRUE(client_.links().remove("wg$(id)"));
    EXPECT_EQ(client_.links().create("wg$(id)").error().code(), Errc::invalid_argument);
}

TEST_F(ClientTest, LinksAreSortedByName) {
    ASSERT_TRUE(client_.links().create("wg2"));
    ASSERT_TRUE(client_.links().create("a"));

    const auto links = client_.links().list();

    ASSERT_TRUE(links);
    ASSERT_EQ(links->size(), 3U);
    EXPECT_EQ((*links)[0].name, "a");
    EXPECT_EQ((*links)[2].name, "wg2");
    EXPECT_EQ((*links)[0].backend, Backend::kernel);
}

TEST_F(ClientTest, ARecreatedDeviceIsAnotherCreation) {
    const auto before = client_.links().get("wg0");
    ASSERT_TRUE(client_.links().remove("wg0"));
    ASSERT_EQ(system_.rtnetlink.add("wg0", "wireguard", before->ifindex), 0);
    const auto after = client_.links().get("wg0");

    EXPECT_EQ(before->ifindex, after->ifindex);
    EXPECT_NE(before->link_generation, after->link_generation);
}

TEST_F(ClientTest, ASecondDeviceOfTheSameNameIsRefused) {
    EXPECT_EQ(client_.links().create("wg0").error().errnum(), EEXIST);
    EXPECT_EQ(client_.links().create("wg0", Backend::userspace).error().errnum(), EEXIST);
}

TEST_F(ClientTest, AnMtuOutOfRangeIsRefused) {
    EXPECT_EQ(client_.links().set_mtu("wg0", 67).error().code(), Errc::invalid_argument);
    EXPECT_EQ(client_.links().set_mtu("wg0", 65536).error().code(), Errc::invalid_argument);
    EXPECT_TRUE(client_.links().set_mtu("wg0", 68));
    EXPECT_EQ(client_.links().get("wg0")->mtu, 68U);
}

TEST_F(ClientTest, WhatTheKernelLacksIsLookedForInUserspace) {
    Client client = client_with_utun(system_);

    EXPECT_EQ(client.devices().get("utun")->backend, Backend::userspace);
    EXPECT_TRUE(client.devices().set("utun", peers(1)));
    EXPECT_EQ(client.devices().get("wg0")->backend, Backend::kernel);
    EXPECT_EQ(client.devices().set_messages(), 2U)
        << "the message that the kernel refused counts too";
}

TEST(ClientWithoutModule, SeesUserspaceDevicesOnly) {
    FakeSystem system;
    system.kernel.set_features({.module = false});
    Client client = client_with_utun(system);

    EXPECT_TRUE(client.devices().get("utun"));
    EXPECT_EQ(client.devices().get("wg0").error().code(), Errc::not_found);
}

TEST(ClientWithoutModule, SeesTheModuleOnceItIsLoaded) {
    FakeSystem system;
    system.kernel.set_features({.module = false});
    Client client = system.open();
    ASSERT_FALSE(client.devices().get("wg0"));

    system.kernel.set_features({});
    ASSERT_TRUE(client.links().create("wg0"));

    EXPECT_TRUE(client.devices().get("wg0"));
}

TEST_F(ClientTest, AReloadedModuleIsFoundAgain) {
    ASSERT_TRUE(client_.devices().get("wg0"));
    system_.kernel.reload_module();

    EXPECT_TRUE(client_.devices().set("wg0", peers(1)));
    system_.kernel.reload_module();
    EXPECT_EQ(client_.devices().get("wg0")->peers.size(), 1U);
}

class PrefixRemovalTest : public ::testing::TestWithParam<bool> {
protected:
    PrefixRemovalTest() {
        system_.kernel.set_features({.removes_by_flag = GetParam()});
        EXPECT_TRUE(client_.links().create("wg0"));
        EXPECT_TRUE(client_.devices().set(
            "wg0", {.peers = {{.public_key = key(1),
                               .action = Action::add,
                               .add_allowed_ips = {prefix("10.0.0.0/24"), prefix("10.0.1.0/24"),
                                                   prefix("fd00::/64")}}}}));
        system_.kernel.forget_sets();
    }
    Result<void> remove(std::string_view text) {
        return client_.devices().set(
            "wg0", {.peers = {{.public_key = key(1), .remove_allowed_ips = {prefix(text)}}}});
    }
    std::size_t sets() const { return system_.kernel.sets().size(); }

    FakeSystem system_;
    Client client_{system_.open()};
};

TEST_P(PrefixRemovalTest, TakesThatPrefixAlone) {
    ASSERT_TRUE(remove("10.0.1.0/24"));

    const auto device = client_.devices().get("wg0");
    ASSERT_EQ(device->peers.size(), 1U);
    EXPECT_EQ(device->peers[0].allowed_ips,
              (std::vector{prefix("10.0.0.0/24"), prefix("fd00::/64")}));
}

TEST_P(PrefixRemovalTest, IsTriedOnce) {
    ASSERT_TRUE(remove("10.0.1.0/24"));
    EXPECT_EQ(sets(), GetParam() ? 1U : 2U);

    ASSERT_TRUE(remove("10.0.0.0/24"));
    EXPECT_EQ(sets(), GetParam() ? 2U : 3U);
}

TEST_P(PrefixRemovalTest, ATrialOnAPeerThatIsGoneFoolsItOnceOnly) {
    ASSERT_TRUE(client_.devices().set(
        "wg0", {.peers = {{.public_key = key(9), .remove_allowed_ips = {prefix("10.9.0.0/16")}}}}));

    EXPECT_EQ(remove("10.0.1.0/24").has_value(), GetParam());
    EXPECT_TRUE(remove("10.0.1.0/24"));
    EXPECT_EQ(client_.devices().get("wg0")->peers[0].allowed_ips.size(), 2U);
}

TEST_P(PrefixRemovalTest, ATrialOnALinkOfAnotherKindTellsNothing) {
    system_.kernel.fail_set(0, {EOPNOTSUPP, {}});
    EXPECT_EQ(remove("10.0.1.0/24").error().code(), Errc::not_found);
    system_.kernel.forget_sets();

    ASSERT_TRUE(remove("10.0.1.0/24"));
    EXPECT_EQ(sets(), GetParam() ? 1U : 2U);
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutTheFlag, PrefixRemovalTest, ::testing::Bool());

TEST_F(ClientTest, ANudgeSendsOneKeepaliveAndLeavesTheInterval) {
    ASSERT_TRUE(client_.links().set_up("wg0", true));
    ASSERT_TRUE(client_.devices().set(
        "wg0",
        {.peers = {{.public_key = key(1), .action = Action::add, .persistent_keepalive = 25}}}));
    live().keepalives.clear();

    ASSERT_TRUE(client_.devices().set("wg0", {.peers = {{.public_key = key(1),
                                                         .persistent_keepalive = 25,
                                                         .trigger_handshake = true}}}));

    EXPECT_EQ(live().keepalives[key(1)], 1U);
    EXPECT_EQ(client_.devices().get("wg0")->peers[0].persistent_keepalive, 25);
}

TEST_F(ClientTest, AChangeThatNoKernelUnderstandsIsNotSent) {
    EXPECT_EQ(client_.devices()
                  .set("wg0", {.peers = {{.public_key = key(1), .trigger_handshake = true}}})
                  .error()
                  .code(),
              Errc::invalid_argument);
    EXPECT_EQ(client_.devices().set_messages(), 0U);
}

TEST(RefusesUnknownAttributes, SinceLinux5Point6) {
    EXPECT_TRUE(refuses_unknown_attributes("5.6.0"));
    EXPECT_TRUE(refuses_unknown_attributes("6.12.107+deb13-cloud-amd64"));
    EXPECT_TRUE(refuses_unknown_attributes("10.0"));
    EXPECT_FALSE(refuses_unknown_attributes("5.4.0-200-generic"));
    EXPECT_FALSE(refuses_unknown_attributes("4.19"));
    EXPECT_FALSE(refuses_unknown_attributes("5"));
    EXPECT_FALSE(refuses_unknown_attributes("nonsense"));
    EXPECT_FALSE(refuses_unknown_attributes(""));
}

} // namespace
} // namespace wgnl
